[b]Ferry to Halvik stays in port[/b]

The ferry to [b]Halvik[/b] stays in port until Friday, its [url=https://port.example/owner]owner[/url] said on [i]Monday[/i].

[center][img]ferry.jpg[/img]
[i]The ferry lies at the quay of Tessen & waits.[/i][/center]

[size=150]Waiting[/size]

“Nobody asked us,” said Marit Olander, who sells fish on the quay.

[list]
[*]Boats go at noon.
[*]Buses go at one.
[/list]

[center][img]pier.jpg[/img]
[i]Passengers on the pier. Photo: Ilse Maren[/i][/center]

[quote]We wait.[/quote]
