"""The rules of stage 1. They use no database, no network and no clock."""
