"""What good service is: the technique articles, their index and the local reader."""
