// Finding a visit again, and the order in which nodes are differentiated.
#include "glance/autograd/visits.h"

#include <algorithm>

namespace glance::detail {

namespace {

constexpr std::size_t few = 8;

constexpr std::uint32_t vacant = std::numeric_limits<std::uint32_t>::max();

// Nodes are aligned to 64 bytes: the low bits say nothing.
std::size_t hash(const Node* node) {
  return (reinterpret_cast<std::uintptr_t>(node) >> 6) * 0x9E3779B97F4A7C15ull >> 20;
}

}  // namespace

std::uint32_t Visits::number_of(Node* node) {
  const auto next = static_cast<std::uint32_t>(visits_.size());
  if (next <= few) {
    for (std::uint32_t at = 0; at < next; ++at)
      if (visits_[at].node == node) return at;
    if (next == few) grow_table();
  }
  if (next >= few) {
    std::uint32_t* at = slot(node);
    if (*at != vacant) return *at;
    *at = next;
  }
  visits_.push_back({node, outputs_});
  outputs_ += static_cast<std::uint32_t>(node->outputs().size());
  if (2 * visits_.size() > table_.size() && next >= few) grow_table();
  // A parameter passes nothing on, so it may come at any time.
  if (!node->is_parameter()) {
    in_order_ &= node->number() < last_found_;
    last_found_ = node->number();
  }
  return next;
}

// Where the table has the node's visit, or has room for it.
std::uint32_t* Visits::slot(const Node* node) {
  const std::size_t mask = table_.size() - 1;
  std::size_t i = hash(node) & mask;
  while (table_[i] != vacant && visits_[table_[i]].node != node) i = (i + 1) & mask;
  return &table_[i];
}

void Visits::grow_table() {
  const std::size_t size = std::max<std::size_t>(4 * table_.size(), 32);
  std::fill(table_.begin(), table_.end(), vacant);
  table_.extend(size, vacant);
  for (std::uint32_t at = 0; at < visits_.size(); ++at) *slot(visits_[at].node) = at;
}

std::span<const std::uint32_t> Visits::latest_first() {
  order_.extend(visits_.size(), 0);
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
  if (!in_order_)
    std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return visits_[a].node->number() > visits_[b].node->number();
    });
  return {order_.begin(), order_.size()};
}

}  // namespace glance::detail
