"""Pictures that repeat: candidates, then pixels laid over each other, then groups. Plain values in and out."""
