"""The input of a demo run: options, a roster, the registries' answers."""
