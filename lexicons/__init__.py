"""Word lists, cue rules, vocabularies and the failure taxonomy: data files and the one strict reader of them."""
