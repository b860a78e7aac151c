"""Text in, labels out: cleaning, splitting, segmenting, scope of cues, and the readers that label a batch."""
