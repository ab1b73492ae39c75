# What Doxygen reads of the pages: a <picture> as its <img>, which it knows; pictures are found from build/api/html.
/^ *<\/?picture>$/ || /^ *<source / { next }
{ gsub(/src="(\.\.\/|docs\/)+pictures\//, "src=\"../../../docs/pictures/"); gsub(/\]\((\.\.\/|docs\/)+pictures\//, "](../../../docs/pictures/"); print }
