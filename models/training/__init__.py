"""Training: from a pre-trained encoder and labelled texts to the weights that readers load."""
