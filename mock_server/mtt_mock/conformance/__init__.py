"""The contract-test kit: verifies, records and replays any endpoint of the CallBack API."""
