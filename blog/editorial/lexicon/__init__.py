"""The words that the rules know, one module for each thing that is spoken of."""
