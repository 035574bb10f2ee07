"""The local inbox: receives real SMTP on loopback and shows the messages. Development only."""
