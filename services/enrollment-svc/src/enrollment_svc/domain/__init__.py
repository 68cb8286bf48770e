"""The rules of stages 3 and 4: no I/O, no clock. Imports: the standard library, `contracts.words`, `chassis.domain`."""
