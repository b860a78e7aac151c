"""Reviews come in: files are read, mapped to the review record, given an identity, masked and landed."""
