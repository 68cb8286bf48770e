"""What a demo is given: options, a roster, answers of the registries."""
