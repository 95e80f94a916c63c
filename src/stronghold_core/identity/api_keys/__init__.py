"""Keys by which programs act for members."""
