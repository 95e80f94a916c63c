"""What members may do with single accounts, beyond what their roles allow."""
