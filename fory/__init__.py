"""Object graphs: Python objects to Apache Fory bytes and back."""
