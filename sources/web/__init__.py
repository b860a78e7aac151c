"""Reviews from the web: what a recipe says of a site, its pages as rows, and the crawl that asks for them."""
