"""Reference data of Italy: comuni and their successions, residents, ATS."""
