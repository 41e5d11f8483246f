"""A hospital's own files: checked without a network, and uploaded so that nothing is lost or doubled."""
