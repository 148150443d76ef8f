"""What persons may ask for under the law: erasure, and that they stay erased (articles 17 and 19 GDPR)."""
