"""The components of a page, each built once: values and words arrive, HTML leaves.

A component's dataclasses are what a page fills in; the component works out lengths and texts, and a macro
of `core/presentation/templates/components/` writes them down. Components know nothing of Streamlit or of
databases, so the same one can stand on any page. Every text from data is escaped there: what leaves is
`Markup`, which is not escaped again.
"""
