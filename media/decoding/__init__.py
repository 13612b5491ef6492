"""Text, XML and JSON from strangers, decoded without trusting what they declare."""
