"""The parts of a page, each built once: values and words arrive, HTML leaves.

A part's dataclasses are what a page fills in; the part works out lengths and texts, and a macro of
`core/presentation/templates/parts/` writes them down. Parts know nothing of Streamlit or of databases, so the
same part can stand on any page. Every text from data is escaped there: what leaves is `Markup`, which is not
escaped again.
"""
