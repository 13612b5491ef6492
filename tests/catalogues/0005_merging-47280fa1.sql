PRAGMA application_id = 1668641900;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations VALUES (1, 'cutline', '0001_tables', '2026-11-29 06:11:00.994664+00:00');
INSERT INTO _sqlite_migrations VALUES (2, 'cutline', '0002_search', '2026-11-29 06:11:00.996012+00:00');
INSERT INTO _sqlite_migrations VALUES (3, 'cutline', '0003_views', '2026-11-29 06:11:00.997665+00:00');
INSERT INTO _sqlite_migrations VALUES (4, 'cutline', '0004_containers', '2026-11-29 06:11:01.000269+00:00');
INSERT INTO _sqlite_migrations VALUES (5, 'cutline', '0005_merging', '2026-11-29 06:11:01.003985+00:00');
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'failed')),
    version TEXT NOT NULL,
    options TEXT NOT NULL CHECK (json_valid(options)),
    records INTEGER NOT NULL DEFAULT 0,
    articles INTEGER NOT NULL DEFAULT 0,
    images INTEGER NOT NULL DEFAULT 0,
    captions INTEGER NOT NULL DEFAULT 0,
    problems INTEGER NOT NULL DEFAULT 0,
    seconds REAL
, token TEXT) STRICT;
INSERT INTO scans VALUES (1, '2026-11-29T06:11:01Z', '2026-11-29T06:11:01Z', 'complete', '0.1.0', '{"exclude": [], "follow_links": false, "include": [], "jobs": 0, "paths": ["/tmp/tmpxs0b6q_f/archive"], "reading": {"contents": true, "fields": [], "limits": {"article_bytes": 33554432, "image_bytes": 536870912, "seconds": 60.0}, "parts": true}, "reread": false}', 9, 4, 4, 4, 1, 0.303, '18ec6f3d6bb4e5be-96d66ca9');
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'zip', 'tar', 'warc', 'wacz', 'file')),
    byte_size INTEGER,
    modified_ns INTEGER,
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    last_scan_id INTEGER REFERENCES scans (id)
) STRICT;
INSERT INTO sources VALUES (1, 'file:///ARCHIVE', 'folder', NULL, NULL, 1, 1);
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    media_type TEXT NOT NULL,
    byte_size INTEGER,
    modified_ns INTEGER,
    sha256 TEXT,
    target_uri TEXT,
    captured_at TEXT,
    first_scan_id INTEGER NOT NULL REFERENCES scans (id),
    last_scan_id INTEGER NOT NULL REFERENCES scans (id),
    missing_since TEXT,
    inode TEXT,
    picture_name TEXT, container_id INTEGER REFERENCES records (id) ON DELETE CASCADE, http_status INTEGER, redirect_uri TEXT, payload_digest TEXT,
    UNIQUE (source_id, locator)
) STRICT;
INSERT INTO records VALUES (1, 1, 'boats.jpg', 'image/jpeg', 4268, 1795932660123708033, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', NULL, NULL, 1, 1, NULL, '65024:2196026', 'boats.jpg', NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (2, 1, 'copy.jpg', 'image/jpeg', 4268, 1795932660123940459, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', NULL, NULL, 1, 1, NULL, '65024:2196027', 'copy.jpg', NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (3, 1, 'cut.jpg', 'image/jpeg', 900, 1795932660128908860, '5d7c9dd386c43f4889961f3c617f2695575d518e24b0195c170df74bf45a0bfa', NULL, NULL, 1, 1, NULL, '65024:2196034', NULL, NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (4, 1, 'four.html', 'text/html', 429, 1795932660128716973, '78077b64af142d237afa1f11763248598581e7d9b617e968a8ac746057f75e61', NULL, NULL, 1, 1, NULL, '65024:2196033', NULL, NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (5, 1, 'one.html', 'text/html', 461, 1795932660128557275, '31f26ac512cbaa4b1494869a2c553ba831e128d9e69a2eaae6a8781bc6063071', NULL, NULL, 1, 1, NULL, '65024:2196030', NULL, NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (6, 1, 'pier.png', 'image/png', 21651, 1795932660128440451, '7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', NULL, NULL, 1, 1, NULL, '65024:2196029', 'pier.png', NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (7, 1, 'small.jpg', 'image/jpeg', 1830, 1795932660124324512, '6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', NULL, NULL, 1, 1, NULL, '65024:2196028', 'small.jpg', NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (8, 1, 'three.html', 'text/html', 425, 1795932660128666788, '28ab7763d280a698d6830993e8b91305a863e87d7c60f82783946fd86640f70b', NULL, NULL, 1, 1, NULL, '65024:2196032', NULL, NULL, NULL, NULL, NULL);
INSERT INTO records VALUES (9, 1, 'two.html', 'text/html', 463, 1795932660128614240, 'cc551dce93c51cad9bf99629acc5ac617aec09b0f0ce3f073bc5a663d9d002ef', NULL, NULL, 1, 1, NULL, '65024:2196031', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    url TEXT,
    headline TEXT,
    byline TEXT,
    dateline TEXT,
    published_at TEXT,
    language TEXT,
    body TEXT NOT NULL,
    body_positions TEXT CHECK (body_positions IS NULL OR json_valid(body_positions)),
    body_sha256 TEXT NOT NULL,
    words INTEGER NOT NULL
) STRICT;
INSERT INTO articles VALUES (1, 4, NULL, 'No picture', NULL, NULL, NULL, 'en', 'The boats came back late on Sunday, with little to show for a night at sea and less for the week.
Prices at the quay rose by a third before noon, said the harbour master, who has kept count since 1998.', '[1,4]', '4df11640274befe9cdb64e2876f291bd4cf5f9843bed058ddc5985173afab4b6', 41);
INSERT INTO articles VALUES (2, 5, NULL, 'Late boats', NULL, NULL, NULL, 'en', 'The boats came back late on Monday, with little to show for a night at sea and less for the week.
Prices at the quay rose by a third before noon, said the harbour master, who has kept count since 1998.', '[1,4]', 'cd900361709e5a4a5e7c538d95defc8ac42c28506b5f8895bec3f70870efbee6', 41);
INSERT INTO articles VALUES (3, 8, NULL, 'A pier', NULL, NULL, NULL, 'en', 'The boats came back late on Friday, with little to show for a night at sea and less for the week.
Prices at the quay rose by a third before noon, said the harbour master, who has kept count since 1998.', '[1,4]', '28e0c718a80695cf498965bd8797c725d67d4382731e892fc34839fc8056e911', 41);
INSERT INTO articles VALUES (4, 9, NULL, 'Boats again', NULL, NULL, NULL, 'en', 'The boats came back late on Tuesday, with little to show for a night at sea and less for the week.
Prices at the quay rose by a third before noon, said the harbour master, who has kept count since 1998.', '[1,4]', '53aa6d508fb2bb6705f1edde67d96d729a825278c2489a075517c01814fc31f1', 41);
CREATE TABLE images (
    sha256 TEXT PRIMARY KEY,
    format TEXT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    pixels_sha256 TEXT,
    information TEXT NOT NULL CHECK (information IN ('normal', 'low')),
    headline TEXT,
    caption TEXT,
    byline TEXT,
    credit_line TEXT,
    copyright_notice TEXT,
    keywords TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(keywords)),
    created_at TEXT,
    city TEXT,
    country TEXT,
    latitude REAL,
    longitude REAL
) STRICT;
INSERT INTO images VALUES ('ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'JPEG', 160, 120, 1, '257dbfb7f1ba081bae868fcabaa7d2723a4525cabdb776ad286e0ebe44bab2d8', 'normal', NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL);
INSERT INTO images VALUES ('7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', 'PNG', 160, 120, 1, '932bf734f3fcf452a50b356e90816e3a1c8948888cf029a8627630bdd035806d', 'normal', NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL);
INSERT INTO images VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 'JPEG', 96, 72, 1, '4bf948a7d766c8d4bbb50bcdfe23a1f2ce30b3d43891d66632fce7258e6ae765', 'normal', NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE fingerprints (
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    method TEXT NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (image_sha256, method, version)
) STRICT, WITHOUT ROWID;
INSERT INTO fingerprints VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 'blobs', 11, X'EA4C8AF846DA3AC3F12406B8F4779E9F5AD0F92D1FFB6883AB0D8BEA961E21F13428E2D67BC1FB8ECD75C56363CE4C8FCEA928E42D7B4B99EF51237265379B2B4F566C075DFF76BB31FF5437D759DBE38EC8DFA23E5F26BD2F8F2E8F526B53AECC30C32F2D52708F285050678E8F0606060606070707070707');
INSERT INTO fingerprints VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 'dhash', 11, X'A16527B6A6A3B276');
INSERT INTO fingerprints VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 'phash', 11, X'CCAADA4A95696A9699FF8F1FC03C00C399008FE0E0D3FF3CCC55DAB595960A69E9B64629F689730CBCE1117CA3DC2659BE1E1B87A32326A6E94944D4F47471F1');
INSERT INTO fingerprints VALUES ('7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', 'blobs', 11, X'5F12C125BD738E01D36586B4A171A68D058B73E2B6EBBDDDAC3D6A9A83E7BF4F6F617288A87D3FC9C85D6173275FFBD59F8C8F8852FBA8C7291D1D66751DAB90A0A16ECE776973D3B0CFAF318ACD3371713130533033646E6D9F060606070707070707');
INSERT INTO fingerprints VALUES ('7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', 'dhash', 11, X'DA4C4C367612C9CD');
INSERT INTO fingerprints VALUES ('7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', 'phash', 11, X'B53DE3D99561009EE068B68CC0347FEBE097B673C0CB2B34B5C2E326959E6A61B934E4D951C921FCEC63B38C069C76A9EC9CB37106617656B9CBE72653362303');
INSERT INTO fingerprints VALUES ('ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'blobs', 11, X'EA4C8AF846DA3AC1F12406B8F4779E9F5AD0F96D1FFB6883AB0D8BEA961E21F13428E2D67BC1FB8ECD75C56363CE4C8FCEA928E42D7B4B99EF51237265379B2B4F566C075DFF76BB31FF5437D759DBE38EC8DFA23E5F26BD2F8F2E8F526B53AECC30C32F2D52708F285050678E8E0606060606070707070707');
INSERT INTO fingerprints VALUES ('ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'dhash', 11, X'A16527B6A6A3B276');
INSERT INTO fingerprints VALUES ('ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'phash', 11, X'CCAADA4A95696A9699FF8F1FC03C00C399008FE0E0D3FF3CCC55DAB595960A69E9B64629F689730CBCE1117CA3DC2659BE1E1B87A32326A6E94944D4F47471F1');
CREATE TABLE thumbnails (
    image_sha256 TEXT PRIMARY KEY REFERENCES images (sha256) ON DELETE CASCADE,
    webp BLOB NOT NULL
) STRICT;
INSERT INTO thumbnails VALUES ('ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', X'52494646100600005745425056503820040600003015009D012AA00078003EB144984BA723A221BB3D2C00E016096A6AE0B9B6F0E127A9C03D7622F7AC58FDEA2501D997E17A71F3AFED7D801C64DFDF28CDFF78F402F913CE03D6CFF27FF63FCDFA2DFA4E6852BB50F8F7FAFFEC3E88B637F35FD877BBCE7443F3FF8287F14B35B61C1227F6F2F90160E006F64D1EC65F6DD6058B463959A74EBAA25267BDFFEF464EDFDDE9B4949D98E7A7F46CDDD9A0994DDB0ED69CEA094BDF1E784F3F2FFFE57E82F4C000FED627BCED41477FF8F8B6876D6554F7000E8E9EE4495C384022818C2E9BFF6F967534AB0A9D5007F9F8EE4F8EE383985DB994D6CBFD50EC5532AB893DCA561081DA13FFED5D9D7A9B83B31D7D4DADDCAD72FE0877BF53B3B3D8D224C3A926B690DD37453D3C97E152023FAAD2781A1BF26679FEC770B58083C7B2C347599B032909AA9F30640D56CE6463CBD6A208DB280A03FBE2FA3FEFFE5E7B07FB6A35D655674225F5D191CD198F7514637A0398C1B6DD7A52BF3332477B41781C13E694CB53A580463825492F57E7EF96257850F5C50B9F131961D7D6C000868766CC90DE43EC9EC7141B367BAC3FAC9B4154FE8E200C0AD9BE3FB6C0CCBF46892EA3D3649A2EF2C7D992CC46F56AB087182C34A647614A6BBF01D7674E95F346BE5AF3F71E89ABD82BED6AE25844AFCFCCC6604FA9D5444A3AA568D302316150676D378B692ACBC264AA46854FFF40BA84BF30DF2ABA13D254E8D8BF9F17DFCEDC59F80D2FEAC9865B654FF5AD5FA329C93A44738F216B1B9E6931BA5CE8FFFF4F0D975E564CF6668C0197BC4FC955B40ECA539E7B235B8019A73C59D3A73646AFABD9B7EFBC6FDBAD37010CBE39631FF0BE93602885E0DBBD515A0DE5441199FC4BB75F0D8713813635CC44DF2DCC70905FB7AEEFA1580A7E7FCB7E20F9B3CEA75166DC32CFBD06DBA90F49AA35974FD4648C66C6B7DD6719D9145193B8CCE89865F32B8AE5768940ECE5FB0C56B0A7E88DCEC29130B21A77C30516B15C1294E49AE18844DF5F9DD35C8E0C9ACE14C364E67D5DB72F92CD627F4C37C34266BDCEB9C1C1F5C24EBADA1819B038B9D217ABABCD1B6AC9AF0B0DEB40E1410D63953587D789735C19F94825E80BE7EBBD520A861E1256CFC983FB7927DF7D7E24B6BE2516D184559B70BBEC86AEBA1AA3912885E3101FB4DA137EEB9F41B9E823E85D5FE697943C63A2E328F89DBE73F7369730C4A88791241DB354E505FB9ADEA39471B4DA165651220D79A13096630F80761CF1C7FCA2A5A075B5A6459C58AD41684BEA95C1168B62C75437D463ECF1762B169E3C6D5B08242B1AD9A7DBA1B63FFF6DA84D7273D3EE449EB904CDB80F2D1BF1A55FA0F750500DA8A60486CA5FD982192C2DC7E4D42AB2BC5F4B69551D543C1B0BF7FE9EFFC7E66BFD23C851422B7D8EABB0F5304FF0241AA34EB4A710C2F18F3452B0E146805BD6D8E2CA4D45EE9C51E47FAF542A2B8936033332C8D6C5DFF982BAECF2E66200E7FB562D68585A87E33FFEBF3785815BF39BEA8C8670DC23EEFFDD07717CF2E98246213FC48A7210F74C36D0D1179E576051800B8DE9E94800D770417F56EB933E8C76E6356722063DF8C047891CB8B34CF0AE1439DA25CCB00E87CF7F96FA28C40800B689C1806C4E77781A8B149320879BAFBC06CB88C398D1E1FDBDDFEEAF782998E8268C90EF8C19B4CF0D241D02D0FE9E255171F22F59B2096177608FDB1E1410CF45D5D077C8EEBB1C017248A0708A018A113578E5B7B3620C023FA0D53A64CABB6907395616D4F21E2E4A2063CCFED625A58A042B6519C5174EA37A4D1DE4627C352D9600242D12A78064CD59E70DA3028623F01FB77F21B57780279567CE4D0228EFD7292726CE59A6BD95D7FCD5F94B9DA3AEF1340DE7AACD02C54AC95027A7053A6FFC8D2D31FFC626BD0F3FFB00F5BBB268F3B06C73D491DEA62BD9CDA2055DEDB399A333A601F926C7FFD5E04F54611E7FF835358EE41C4E78BBBD3E47166B51D738B35A90184C8FB923AFC04DFA5B3535DACA417E7258D3AC0A0008DC7375B36E10F4DAC20BE289F0124A4D9D06E3E5F4502E0017924476E02DDA31F259DAA837DB9031B07234833F47D2EA41362250A164F8390BA29C06CF0CFF1912D5019260712CDA2FF7F12CDAEB54F02C3A98C0CBC8000000');
INSERT INTO thumbnails VALUES ('7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', X'52494646320600005745425056503820260600005016009D012AA00078003EA94C994BA62522A1BC5B0E30C015096A6B26883744E10C03D5222F7AC5885E81501CCC12156CDCC23807F2BFF01F8ABF933C201E857FDDFF242912FA017CABE6C7EB37F7FFF79FE77F24BDB47D0BFAD346FE8D828F9CFCB2F64FB03F95FEB7BF5A6AA23F9FFC194D80AB101E41A76FF2CBA875724BB761DB6079203D4850C5C3E1C7C5ABA888CEE40F9786FEAA8DEE061E3F4D63DEE18D773E226444D076D7311B4A83D6DF81B1F65A075DDF16B7690000FEEB44DF395312DCCC7BE952AD8DFDCB419BD2ED40E2BB4F3DA933FF0B46FCF62B6A4A4710B9DABE5CD499882603187A847F80FFABA6645D41BCE8A21BDA625D7C83EC8C4E6A543F3E80B7255952FC6196A667B8192C5819CC813CA61B4D76C32D8B7F25FFE55FF17B07FED61957F595D64BB1EB20ED3347456381C0B5A131D58BBBA9E5E7655693AB2FE086A8A79D75A194420140AD07BCD83D50B470FE77C776658C6CE9DBAAE2EA11A2F5E0452E94AC0DED7B357D5AC78913CE59DB529BC807ABCEA7549261339C41BDE437760A0871D775E78B7E6F86BF494A716D7073C4B733F0A5F06981C18C992FBF29B923B0382039FC0CC2C68C1FFBA8BD8CF2310A90ACBE33BCC30FE74556505E1D80556B9BE31ACE1C040F2964F26FE83F3E5D26BAA95E34A2C011B56FB8055266EF8F5DC13BCD01F99684C47C867C6DA9401B9C35C88E1CF3E4EEEC44DFE4E68FF64B89CA6F16259783696C5A74707E6FE1BC7FFE15AC89A897849497071875712BD27CB73060A0B5F10BE76E0326C13E4914310E40CE3A8D1EE78FFD1219888367888E2A46265B9EE705A9FAFB913FE1AB2B45121BF63CBDCD55BC95C59C35E7CA1A679FEC35FFFC1B0EDF14C12CC1A26179DD93F196B9E9364CC2A36C5C6172DD925E59258D3E0FFCF942779B0278039D9DA4B62C2360B6E45BB7382C8EF6E9642F8538F5881ED174663C8732E382E57A37BC8D0B7A9EC9DA6F529C3D2EB7DDA43FCC888638D6053BFF22298DDF1832CC2F03D0D7A7BAFFD1A37D2D5E3D9C745F0A83415CB3F0EAE37AAA7D7E0E3065402DC7790FFFFAF2AB850CF5D062DF98CE37955161323963CA8AD6B74297D0DFC2F045FD7B6E17A832AA972E6455405F3BA2293DFC7CA71FBB358AE0FB5BA8C083367EF6E2742B94D4CE2C5D8922C1221799709E261C2D95F3BF51E9C1C22E58DBEB93C66F5C33CAF029B94E6E181D71E4A915515CD1F8CD7B2DC17AEC90B23A7DA08A608C33393F4B1C11CA1DD6D90C0E4DEE73BB6D910A7A0516A40002FFAFE24C76437CC973EBA15294EC45DA66E7E8E1544EE686CD35BA04193136B6D239CC3CE122662038B3ECAB95B8918CDB692607B824DEFFB15C836DBF9670BEDDEEB56E973EF43A28F19D353F09539A831D114AEA6AD235BBE421605F33127B74125EF322A652ADDDE02C1074B7EA3C9469ABB8B8F74EBEC33089BE87CDAD8070A91C1DE4E76431376FD060AE11A2DCC1F7CECF2401601186DDF8C7ACE833892E9DF8A6FA2AAA080BC3EE2AC1F6D2930C370ACFDAB809DC15790CB9007CE255057379C9D74DC3A7B0016C4686645DAFB23A2BFFA1C17C2C73DB4296B2FDFFFAB9F8DD2094FE3A1637726733A8F34FEE1561BB75BCAA363014DE00DC4A58762BFE8C7EC955A3BDF00A17671824651967F00F97B51A884D37BDC866014A108E7FD10B7AD2A9E7FF4CD5C27A97D99C1BCEED78C89606E776DA55F17066F5BE51E6A9E57FA1BDCB65C64ED0B20A2D75319D8BC61AB4E9D6E2C25F3812583CC54BD7020ABDE67E7CC27B39B8C1DCFABFEDBA311B1AEA6FFFF962F4435DB8934D104068E0522559AEA78230356CF1763DBF02377682D29BA30508823EE266E5F81D9E3773F8C7E1DAAB302B09E8CF0CADD1735A170CF5CBA4813AD69C0E6FA9929410280F54606604CE21B1A3461B5829254587CB898F759003193DBA41AA83D8586DA615DC3931F98A258DE121FE1A64B519BA7B726B13BB4B24E6FB551D59C144BEAC8A046F1179933B44ED24F4D6D8AF9E86305259BA2B77A0FF51616574F8DC9C0B1BE4756209FA3A25A631B3DE0DC67ADC033EF19584F65A27C4F0E6EB4DF5DDA38C9F8118FD307DE43B374618172B39234846DD3C68B129C1D0B1C3BAB766E4D046FE7AFC34237D5EF770D631087A8CC36A9D1C5FA5F30815346EF6BB24F82FEB2BA883892078E91A307F00000000');
INSERT INTO thumbnails VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', X'52494646900300005745425056503820840300001010009D012A600048003EB54C9C4BA724A321BDD5B800E016896C688D14FBBF133EE8FE077047C84C03C80383FCBFA141C1BF7C7C09C45FD6BF22B48B65403CE77D517F01FEC7FB979C7F8EBFE97F80F70BFADFFEE270C6E2F63EF1E64F61FF15B90C5AEC41EB7DFC602D4C66AE645FDC37B16B6F6C1D94ABA7A6B1EFC72035CB7BFE4525D597840000FEDB73F344B5DA7FEE8CC8B8248C0742013FFCA0692F71A7D2E62080E95BDFB4D1D54E5BA01EAE7A8921365BA7B8C2975117D001A7597FFE2DB359DC1F1C4F7DD8417CAB98A4AB0E107E297DBE3222F3267671FF81E99DC7A0E1E96ED9383F2B803C1985B1C06C12F3DF811CA2738D94DF91A2F82ABD15AC44378C698E67F776FCE4E9C10EADB9509751DAECEBF57E7302EA9F89F9500AF249B6E2FF5E772238EC3DFB9E01D00E82342B6EB046101F2609182FF940FF18A4316F4D87A38A6CCCEC9E2812DFBF54C3AFFCDB20B8B3D47580F2265C92F132D58E56C8E7AD4966AB3E29E850AA1A60B03925AAAA65BBB4D09CF16DF6FF2A757F6A36F792AE5454DAFBA8F09D302AB7C147767819C3A9661E69914EE64C073592958F12CF963DFE2CED6C3F31B2FCA4970BF839E9D271B1413479C9850DDFD6ACC87C93F7CDFB47DDF1B8E7F4C2EA33633DFBDFAA96A1CACE004B8E211724F3D226EFAC068C18F70586FABC76792EEBA900C34B418E36D7F1648F3983B756600E564C4AC32F4CD96B1FE52948CD2D5DAA869B0DFF41AC0DCB4360418DC8DA4A37EBF625024DF285F29AE88C146E08BBC3A0446FF07ACD5EBFCA40B9526569F85716589F319FF7A851DFEBB71719BFF75CE8EC7F0404280685B757C6CD3EAB91C6E6466345319112C77D968BB21D3F5AEEF009177B9592B59789D09E767D0392AAAB020592706D1F3C8E86122C1F62A631FE96621C731EA57547C7C8D260BE948064FB8835C65A2840AFC147A336D77FFFDBFCFEF8F0553752473550DFD17EEEC90ACC2FAA9CC319BBFD1C67FFEF4338DFFC3464FC450619E1EC589FCFB3C117A5C820CB6D60299223798021AD17A5C7DA1FFD7B6830038F15098B89BE095007AECF11F33FCEC2BBE6FACD8A666A47FE3FE0BE64A75A245EE03AB1FCD2D0A815AFDB54A80288AC662A7A2B173913080276B70DEC09DED68DF6AC3982534D936752627D2BB1F624BE1E5A70009AF0888DADE76B01C4A1F00416C800145A6A8F21931F6B7E8141C49522FB03A4E26FD1D2B11433E7B0160732BD68FD0B9E6270D4000000');
CREATE TABLE captions (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    credit_line TEXT,
    key TEXT NOT NULL,
    date TEXT,
    place TEXT
) STRICT;
INSERT INTO captions VALUES (1, 'A picture that nobody kept of the storm of 1987', NULL, 'a picture that nobody kept of the storm of 1987', NULL, NULL);
INSERT INTO captions VALUES (2, 'Boats come home to the harbour of Skagen on Monday morning.', '(Photo: Anna Holm)', 'boats come home to the harbour of skagen on monday morning', NULL, NULL);
INSERT INTO captions VALUES (3, 'The old pier at low water, seen from the lighthouse', NULL, 'the old pier at low water seen from the lighthouse', NULL, NULL);
CREATE TABLE placements (
    id INTEGER PRIMARY KEY,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    article_id INTEGER REFERENCES articles (id) ON DELETE CASCADE,
    caption_id INTEGER REFERENCES captions (id),
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE SET NULL,
    image_src TEXT,
    position INTEGER NOT NULL,
    origin TEXT NOT NULL,
    lead TEXT,
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    evidence TEXT NOT NULL CHECK (json_valid(evidence)),
    paired_by TEXT CHECK (paired_by IN ('embedded', 'address', 'name', 'caption'))
) STRICT;
INSERT INTO placements VALUES (1, 4, 1, 1, NULL, 'gone.jpg', 3, 'figcaption', NULL, 0.9, '{"element": "figcaption"}', NULL);
INSERT INTO placements VALUES (2, 5, 2, 2, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'boats.jpg', 3, 'figcaption', NULL, 0.9, '{"credit": "in brackets", "element": "figcaption", "found": "Boats come home to the harbour of Skagen on Monday morning. (Photo: Anna Holm)"}', 'address');
INSERT INTO placements VALUES (3, 8, 3, 3, '7e3584aa8d52d9343a4cdaf6eab268b96581a3d852f5c54b35a67ff695842137', 'pier.png', 3, 'figcaption', NULL, 0.9, '{"element": "figcaption"}', 'address');
INSERT INTO placements VALUES (4, 9, 4, 2, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'copy.jpg', 3, 'figcaption', NULL, 0.9, '{"credit": "in brackets", "element": "figcaption", "found": "Boats come home to the harbour of Skagen on Monday morning. (Photo: Anna Holm)"}', 'address');
CREATE TABLE placement_names (
    picture_name TEXT NOT NULL,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    PRIMARY KEY (picture_name, placement_id)
) STRICT, WITHOUT ROWID;
INSERT INTO placement_names VALUES ('gone.jpg', 1);
INSERT INTO placement_names VALUES ('boats.jpg', 2);
INSERT INTO placement_names VALUES ('pier.png', 3);
INSERT INTO placement_names VALUES ('copy.jpg', 4);
CREATE TABLE caption_repeats (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN
        ('doubled', 'reused', 'edited', 'extended', 'echoed', 'changed-fact')),
    size INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    caption_id INTEGER NOT NULL REFERENCES captions (id)
) STRICT;
INSERT INTO caption_repeats VALUES (1, 'reused', 2, 2, 2);
CREATE TABLE caption_repeat_members (
    repeat_id INTEGER NOT NULL REFERENCES caption_repeats (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    similarity REAL,
    difference TEXT,
    PRIMARY KEY (repeat_id, placement_id)
) STRICT, WITHOUT ROWID;
INSERT INTO caption_repeat_members VALUES (1, 2, 1.0, NULL);
INSERT INTO caption_repeat_members VALUES (1, 4, 1.0, NULL);
CREATE TABLE caption_conflict_sets (
    id INTEGER PRIMARY KEY,
    grade TEXT NOT NULL CHECK (grade IN ('credit', 'wording', 'detail', 'fact')),
    size INTEGER NOT NULL,
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE CASCADE
) STRICT;
CREATE TABLE caption_conflict_members (
    conflict_id INTEGER NOT NULL REFERENCES caption_conflict_sets (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    difference TEXT,
    PRIMARY KEY (conflict_id, placement_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE image_matches (
    left_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    right_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('same-pixels', 'near', 'part', 'related')),
    distance_bits INTEGER,
    aligned_similarity REAL,
    transform TEXT CHECK (transform IS NULL OR json_valid(transform)),
    version INTEGER NOT NULL,
    PRIMARY KEY (left_sha256, right_sha256),
    CHECK (left_sha256 < right_sha256)
) STRICT, WITHOUT ROWID;
INSERT INTO image_matches VALUES ('6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 'near', 0, 0.9586, '{"mirrored": false, "rotated_degrees": 0.0, "scale": 1.667, "left_box": [0.0000, 0.0000, 1.0000, 1.0000], "right_box": [0.0000, 0.0000, 1.0000, 1.0000]}', 1);
CREATE TABLE image_groups (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('same-bytes', 'same-pixels', 'near', 'part')),
    size INTEGER NOT NULL,
    widest_distance_bits INTEGER,
    reclaimable_bytes INTEGER NOT NULL
) STRICT;
INSERT INTO image_groups VALUES (1, 'near', 3, 0, 6098);
CREATE TABLE image_group_members (
    group_id INTEGER NOT NULL REFERENCES image_groups (id) ON DELETE CASCADE,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    keeper INTEGER NOT NULL CHECK (keeper IN (0, 1)),
    reason TEXT NOT NULL,
    PRIMARY KEY (group_id, record_id)
) STRICT, WITHOUT ROWID;
INSERT INTO image_group_members VALUES (1, 1, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 1, 'keep: the most pixels (160 x 120)');
INSERT INTO image_group_members VALUES (1, 2, 'ed40f7c67f73104741539bdee63d60d162467df0b9357eea8e4c769e276ef807', 0, 'same bytes as the keeper');
INSERT INTO image_group_members VALUES (1, 7, '6cd673fa1156c3f4d0c86c09ba89c00543ba4ab045571371eaa57ff8486f4139', 0, 'the same picture at 96 x 72');
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different')),
    note TEXT,
    decided_at TEXT NOT NULL,
    UNIQUE (left, right),
    CHECK (left < right)
) STRICT;
CREATE TABLE keeper_choices (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    image_sha256 TEXT NOT NULL,
    chosen_at TEXT NOT NULL
) STRICT;
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL CHECK (queue IN ('pictures', 'captions')),
    place TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('same', 'different', 'skip', 'keeper')),
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    note TEXT,
    previous TEXT CHECK (previous IS NULL OR json_valid(previous)),
    reviewed_at TEXT NOT NULL
) STRICT;
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans (id),
    source_id INTEGER REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('list', 'read', 'decode', 'parse', 'match')),
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL
) STRICT;
INSERT INTO problems VALUES (1, 1, 1, 'cut.jpg', 'decode', 'The picture is cut short (image file is truncated (0 bytes not processed))', 'The picture is damaged or incomplete: restore it from its source or a backup.');
CREATE TABLE cleanups (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'applying', 'applied', 'undone', 'purged')),
    options TEXT NOT NULL CHECK (json_valid(options)),
    quarantine TEXT,
    applied_at TEXT,
    finished_at TEXT
, merged INTEGER NOT NULL DEFAULT 0 CHECK (merged IN (0, 1))) STRICT;
CREATE TABLE cleanup_actions (
    id INTEGER PRIMARY KEY,
    cleanup_id INTEGER NOT NULL REFERENCES cleanups (id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    record_id INTEGER REFERENCES records (id) ON DELETE SET NULL,
    source_id INTEGER REFERENCES sources (id) ON DELETE SET NULL,
    source_uri TEXT NOT NULL,
    locator TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('quarantine', 'hardlink', 'reflink', 'keep', 'sidecar')),
    sha256 TEXT NOT NULL,
    byte_size INTEGER NOT NULL,
    keeper_record_id INTEGER REFERENCES records (id) ON DELETE SET NULL,
    keeper_source_id INTEGER REFERENCES sources (id) ON DELETE SET NULL,
    keeper_locator TEXT,
    keeper_sha256 TEXT,
    reason TEXT NOT NULL,
    lacks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lacks)),
    freed_bytes INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL CHECK (status IN ('planned', 'done', 'skipped', 'undone', 'purged')),
    detail TEXT
) STRICT;
CREATE TABLE carried_captions (
    id INTEGER PRIMARY KEY,
    action_id INTEGER NOT NULL REFERENCES cleanup_actions (id) ON DELETE CASCADE,
    keeper_sha256 TEXT NOT NULL,
    text TEXT NOT NULL,
    credit_line TEXT,
    date TEXT,
    place TEXT,
    origin TEXT NOT NULL,
    from_locator TEXT NOT NULL
) STRICT;
CREATE TABLE pending (
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (kind, item)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE captions_fts USING fts5 (
    text, credit_line, content = captions, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO captions_fts (captions_fts) VALUES ('rebuild');
CREATE VIRTUAL TABLE articles_fts USING fts5 (
    headline, body, content = articles, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO articles_fts (articles_fts) VALUES ('rebuild');
CREATE TABLE containers (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    begun_in INTEGER NOT NULL REFERENCES scans (id)
) STRICT;
CREATE TABLE container_spans (
    record_id INTEGER NOT NULL REFERENCES containers (record_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    within TEXT NOT NULL,
    repeated TEXT NOT NULL CHECK (json_valid(repeated)),
    PRIMARY KEY (record_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE overruled_decisions (
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different')),
    note TEXT,
    decided_at TEXT NOT NULL,
    CHECK (left < right)
) STRICT;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX records_sha256 ON records (sha256);
CREATE INDEX records_picture_name ON records (picture_name) WHERE picture_name IS NOT NULL;
CREATE INDEX articles_record_id ON articles (record_id);
CREATE INDEX articles_body_sha256 ON articles (body_sha256);
CREATE INDEX images_pixels_sha256 ON images (pixels_sha256) WHERE pixels_sha256 IS NOT NULL;
CREATE INDEX captions_key ON captions (key);
CREATE INDEX placements_record_id ON placements (record_id);
CREATE INDEX placements_article_id ON placements (article_id, position);
CREATE INDEX placements_caption_id ON placements (caption_id);
CREATE INDEX placements_image_sha256 ON placements (image_sha256);
CREATE INDEX placement_names_placement_id ON placement_names (placement_id);
CREATE INDEX caption_repeats_caption_id ON caption_repeats (caption_id);
CREATE INDEX caption_repeats_kind ON caption_repeats (kind, size);
CREATE INDEX caption_repeats_size ON caption_repeats (size);
CREATE INDEX caption_repeat_members_placement_id ON caption_repeat_members (placement_id);
CREATE INDEX caption_conflict_sets_image ON caption_conflict_sets (image_sha256);
CREATE INDEX caption_conflict_sets_grade ON caption_conflict_sets (grade, size);
CREATE INDEX caption_conflict_members_placement_id ON caption_conflict_members (placement_id);
CREATE INDEX image_matches_right ON image_matches (right_sha256);
CREATE INDEX image_groups_kind ON image_groups (kind, size);
CREATE INDEX image_groups_kind_bytes ON image_groups (kind, reclaimable_bytes);
CREATE INDEX image_groups_size ON image_groups (size);
CREATE INDEX image_groups_bytes ON image_groups (reclaimable_bytes);
CREATE INDEX image_group_members_keeper ON image_group_members (group_id) WHERE keeper = 1;
CREATE INDEX image_group_members_record_id ON image_group_members (record_id);
CREATE INDEX image_group_members_image_sha256 ON image_group_members (image_sha256);
CREATE INDEX reviews_pair ON reviews (left, right);
CREATE INDEX reviews_queue ON reviews (queue, action);
CREATE INDEX problems_locator ON problems (source_id, locator);
CREATE INDEX cleanup_actions_cleanup_id ON cleanup_actions (cleanup_id);
CREATE INDEX cleanup_actions_record_id ON cleanup_actions (record_id);
CREATE INDEX cleanup_actions_keeper ON cleanup_actions (keeper_record_id);
CREATE INDEX cleanup_actions_source_id ON cleanup_actions (source_id);
CREATE INDEX cleanup_actions_keeper_source_id ON cleanup_actions (keeper_source_id);
CREATE INDEX carried_captions_action_id ON carried_captions (action_id);
CREATE INDEX carried_captions_keeper_sha256 ON carried_captions (keeper_sha256);
CREATE TRIGGER captions_fts_insert AFTER INSERT ON captions BEGIN
    INSERT INTO captions_fts (rowid, text, credit_line) VALUES (new.id, new.text, new.credit_line);
END;
CREATE TRIGGER captions_fts_delete AFTER DELETE ON captions BEGIN
    INSERT INTO captions_fts (captions_fts, rowid, text, credit_line)
    VALUES ('delete', old.id, old.text, old.credit_line);
END;
CREATE TRIGGER captions_fts_update AFTER UPDATE OF text, credit_line ON captions BEGIN
    INSERT INTO captions_fts (captions_fts, rowid, text, credit_line)
    VALUES ('delete', old.id, old.text, old.credit_line);
    INSERT INTO captions_fts (rowid, text, credit_line) VALUES (new.id, new.text, new.credit_line);
END;
CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN
    INSERT INTO articles_fts (rowid, headline, body) VALUES (new.id, new.headline, new.body);
END;
CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, headline, body)
    VALUES ('delete', old.id, old.headline, old.body);
END;
CREATE TRIGGER articles_fts_update AFTER UPDATE OF headline, body ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, headline, body)
    VALUES ('delete', old.id, old.headline, old.body);
    INSERT INTO articles_fts (rowid, headline, body) VALUES (new.id, new.headline, new.body);
END;
CREATE VIEW page_captions AS
SELECT r.locator, a.url, a.headline, p.position, c.text AS caption, c.credit_line, c.date, c.place,
    p.image_src, p.image_sha256, 
    (SELECT min(i.locator) FROM records i WHERE i.sha256 = p.image_sha256 AND i.missing_since IS NULL) AS image_locator, p.origin, p.confidence,
    p.lead, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.origin NOT IN ('json-ld', 'sidecar', 'iptc', 'xmp', 'exif', 'alt') AND c.text <> '' AND r.missing_since IS NULL;
CREATE VIEW repeated_captions AS
SELECT m.repeat_id, cr.kind, cr.size, r.locator, a.headline, p.position, c.text AS caption,
    c.credit_line, p.origin, p.image_src, p.image_sha256, m.similarity, m.difference,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_repeat_members m
JOIN caption_repeats cr ON cr.id = m.repeat_id
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
WHERE r.missing_since IS NULL;
CREATE VIEW duplicate_images AS
SELECT m.group_id, g.kind, g.size, r.locator, i.sha256, i.width_px, i.height_px, r.byte_size,
    m.keeper, m.reason,
    CASE WHEN i.sha256 = k.image_sha256 THEN 0 ELSE coalesce(l.distance_bits, h.distance_bits) END
        AS distance_bits,
    CASE WHEN i.sha256 = k.image_sha256 THEN 1.0
        ELSE coalesce(l.aligned_similarity, h.aligned_similarity) END AS aligned_similarity,
    coalesce(l.transform, CASE WHEN h.transform IS NULL THEN NULL ELSE json_object(
        'mirrored', json(iif(json_extract(h.transform, '$.mirrored'), 'true', 'false')),
        'rotated_degrees', iif(
            json_extract(h.transform, '$.mirrored') OR json_extract(h.transform, '$.rotated_degrees') = 0,
            json_extract(h.transform, '$.rotated_degrees'), 360.0 - (json_extract(h.transform, '$.rotated_degrees'))),
        'scale', round(1.0 / (json_extract(h.transform, '$.scale')), 4),
        'left_box', json_extract(h.transform, '$.right_box'),
        'right_box', json_extract(h.transform, '$.left_box')) END) AS transform, r.id AS record_id, r.source_id
FROM image_group_members m
JOIN image_groups g ON g.id = m.group_id
JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1
JOIN images i ON i.sha256 = m.image_sha256
JOIN records r ON r.id = m.record_id
LEFT JOIN image_matches l ON l.left_sha256 = k.image_sha256 AND l.right_sha256 = m.image_sha256
LEFT JOIN image_matches h ON h.left_sha256 = m.image_sha256 AND h.right_sha256 = k.image_sha256
WHERE r.missing_since IS NULL;
CREATE VIEW caption_conflicts AS
SELECT m.conflict_id AS group_id, r.locator, c.text AS caption, c.credit_line, c.date, c.place,
    p.image_sha256, m.difference, s.grade, s.size, a.headline, a.url, p.origin,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_conflict_members m
JOIN caption_conflict_sets s ON s.id = m.conflict_id
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
WHERE r.missing_since IS NULL;
CREATE VIEW uncaptioned_images AS
SELECT r.locator, i.sha256, i.format, i.width_px, i.height_px, r.byte_size,
    (SELECT count(DISTINCT p.article_id) FROM placements p JOIN records q ON q.id = p.record_id
     WHERE p.image_sha256 = i.sha256 AND q.missing_since IS NULL) AS articles,
    r.id AS record_id, r.source_id
FROM records r
JOIN images i ON i.sha256 = r.sha256
WHERE r.missing_since IS NULL AND NOT EXISTS (
    SELECT 1 FROM placements p JOIN captions c ON c.id = p.caption_id JOIN records q ON q.id = p.record_id
    WHERE p.image_sha256 = i.sha256 AND c.text <> '' AND q.missing_since IS NULL
        AND p.origin <> 'alt');
CREATE VIEW orphan_captions AS
SELECT r.locator, a.url, a.headline, p.position, c.text AS caption, c.credit_line, p.image_src,
    p.origin, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.image_sha256 IS NULL AND p.origin NOT IN ('json-ld', 'sidecar', 'iptc', 'xmp', 'exif', 'alt') AND c.text <> '' AND r.missing_since IS NULL;
CREATE VIEW missing_images AS
SELECT r.locator, a.url, a.headline, min(p.position) AS position, p.image_src,
    count(*) AS placements, p.article_id, r.source_id
FROM placements p
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.image_src IS NOT NULL AND p.image_sha256 IS NULL AND r.missing_since IS NULL
GROUP BY p.article_id, p.image_src;
CREATE INDEX records_container_id ON records (container_id) WHERE container_id IS NOT NULL;
CREATE INDEX records_redirect_uri ON records (redirect_uri) WHERE redirect_uri IS NOT NULL;
CREATE INDEX records_target_uri ON records (target_uri, captured_at) WHERE target_uri IS NOT NULL;
CREATE INDEX records_payload_digest ON records (payload_digest) WHERE payload_digest IS NOT NULL;
CREATE INDEX overruled_decisions_pair ON overruled_decisions (left, right);
