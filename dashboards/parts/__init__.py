"""The parts of a page, each built once: values and words arrive, HTML leaves.

Parts know nothing of Streamlit or of databases, so the same part can stand on any page. Every text from
data is escaped
here; the scale of a bar is a part's own business, every number that is printed comes in ready.
"""
