"""What runs at a clinic or a hospital: the desk and the upload of its files."""
