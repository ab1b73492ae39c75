// Tensors as text: the numbers of one tensor share their form and width, and long dimensions are cut.
#include "glance/tensor/print.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <vector>

#include "glance/tensor/formatted.h"

namespace glance {

namespace {

constexpr Index summary_threshold = 1000;  // elements
constexpr Index ends = 3;                  // entries shown at each end of a dimension that is cut
constexpr std::size_t line_width = 100;

// How the numbers of one tensor are written, so that they read as a column.
enum class Style { whole, fixed, scientific };

class Printer {
 public:
  // Without elements there may be any number of rows without any.
  explicit Printer(const Tensor& x) : x_(x), cut_(x.numel() > summary_threshold || x.numel() == 0) {
    std::vector<double> shown;
    visit(0, 0, [&](Index offset) { shown.push_back(element(offset)); });
    choose_style(shown);
    visit(0, 0, [&](Index offset) { width_ = std::max(width_, write(offset).size()); });
  }

  std::string print() {
    print_dim(0, 0);
    text_ += formatted(" {}{}", name(x_.dtype()), to_string(x_.shape()));
    return std::move(text_);
  }

 private:
  double element(Index offset) const {
    return dispatch(x_.dtype(), [&]<class T>() { return static_cast<double>(x_.read<T>()[offset]); });
  }

  bool is_cut(int dim) const { return cut_ && x_.shape()[dim] > 2 * ends; }

  // Calls f for the entries of `dim` that are shown, and in the place of those left out for -1.
  template <class F>
  void for_each_shown(int dim, F&& f) const {
    const Index n = x_.shape()[dim];
    for (Index i = 0; i < n; ++i) {
      if (is_cut(dim) && i == ends) {
        f(Index{-1});
        i = n - ends;
      }
      f(i);
    }
  }

  Index step(int dim) const { return x_.strides()[static_cast<std::size_t>(dim)]; }

  // Calls f(offset) for each element that is shown.
  template <class F>
  void visit(int dim, Index offset, const F& f) const {
    if (dim == x_.rank()) return f(offset);
    for_each_shown(dim, [&](Index i) {
      if (i >= 0) visit(dim + 1, offset + i * step(dim), f);
    });
  }

  void choose_style(const std::vector<double>& shown) {
    bool whole = true;
    double largest = 0;
    for (const double value : shown) {
      if (!std::isfinite(value)) continue;
      largest = std::max(largest, std::abs(value));
      whole &= value == std::trunc(value);
    }
    // The largest number decides: small ones beside it may become 0.0000, as weights of attention should.
    const bool readable = largest < 1e6 && (largest >= 1e-3 || largest == 0);
    style_ = whole && largest < 1e9 ? Style::whole : readable ? Style::fixed : Style::scientific;
  }

  std::string write(Index offset) const {
    if (x_.dtype() == boolean) return x_.read<bool>()[offset] ? "true" : "false";
    if (x_.dtype() == i64) return formatted("{}", x_.read<std::int64_t>()[offset]);
    const double value = element(offset);
    if (std::isnan(value)) return "nan";  // whatever its sign
    return style_ == Style::whole   ? formatted("{:.0f}", value)
           : style_ == Style::fixed ? formatted("{:.4f}", value)
                                    : formatted("{:.4e}", value);
  }

  void print_dim(int dim, Index offset) {
    if (dim == x_.rank()) {
      text_ += formatted("{:>{}}", write(offset), width_);
      return;
    }
    text_ += '[';
    const bool innermost = dim + 1 == x_.rank();
    const auto indent = static_cast<std::size_t>(dim) + 1;
    std::size_t column = indent;
    bool first = true;
    for_each_shown(dim, [&](Index i) {
      if (!first) {
        text_ += ',';
        if (!innermost) {
          // As many empty lines as brackets closed, beyond the first.
          text_.append(static_cast<std::size_t>(x_.rank() - dim - 1), '\n').append(indent, ' ');
        } else if (column + width_ + 2 > line_width) {
          text_.append("\n").append(indent, ' ');
          column = indent;
        } else {
          text_ += ' ';
        }
      }
      first = false;
      column += width_ + 2;
      if (i < 0)
        text_ += "…";
      else
        print_dim(dim + 1, offset + i * step(dim));
    });
    text_ += ']';
  }

  const Tensor& x_;
  bool cut_;
  Style style_ = Style::whole;
  std::size_t width_ = 0;
  std::string text_;
};

}  // namespace

std::string to_string(const Tensor& x) { return x.defined() ? Printer(x).print() : "undefined"; }

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace glance
