"""How the reader's model was made. Nothing here is imported at run time; it needs torch and scikit-learn."""
