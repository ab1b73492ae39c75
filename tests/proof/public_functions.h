#pragma once

#include <filesystem>
#include <set>
#include <string>

// Which public functions there are, read from the headers, so that none is left unproven.
namespace glance::proof {

// The public functions of a folder's headers that have a Variable in their declaration, inline ones and templates
// included, and the methods of its layers (structs with a `visit`). A name that is declared once stands as it is,
// "exp"; an overloaded one with the types of its arguments, without const and references, "pow(Variable, double)"; a
// layer's operator() as the layer, "Linear"; its other methods as "LSTM::step".
std::set<std::string> public_functions(const std::filesystem::path& folder);

// The same for the text of one header, as signatures: "exp(Variable)", "Linear", "LSTM::step".
std::set<std::string> signatures_in(const std::string& header);

}  // namespace glance::proof
