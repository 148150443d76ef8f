"""Landing: the exports that stand there, the archives they come in, and the manifest each carries."""
