"""What breaks things, and what watches them: processes, wires, disks, callers."""
