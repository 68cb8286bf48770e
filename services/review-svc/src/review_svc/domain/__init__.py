"""The rules of stage 5 (review), one module for each noun. They use no database, no network and no clock."""
