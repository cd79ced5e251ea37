"""The browser app: Streamlit runs this file for every page that is drawn."""

from ui import look, pages, place, trouble


def main() -> None:
    """Draw the page; whatever goes wrong becomes a page as well."""
    look.frame()
    try:
        pages.draw(place.here())
    except Exception as error:  # the outermost boundary: Streamlit would show a traceback
        trouble.page(error)


main()
