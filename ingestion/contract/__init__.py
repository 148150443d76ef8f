"""The export contract: its tables and bounds, its codes and their sentences, and what a finding is."""
