"""Bad input in bulk: targets, seeds, and a long run that any developer can start (`python -m tests.fuzz --help`)."""
