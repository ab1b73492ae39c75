#pragma once

#include <string>

// One HTML file out of a report's data.
namespace glance::seq2seq {

// The page of a report around its data: report/page.html with its style, its script and the data put in. The data,
// any JSON, is written so that nothing in it can end the element that holds it.
std::string report_page(const std::string& json);

// The data of a page that report_page made; empty when there is none.
std::string data_of_page(const std::string& page);

}  // namespace glance::seq2seq
