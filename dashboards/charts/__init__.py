"""The pictures that are drawn with Plotly: a DataFrame arrives, a figure leaves.

No Streamlit and no database here. Texts come in ready; colours come from the tokens.
"""
