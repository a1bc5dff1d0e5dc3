#pragma once
#include <QListWidget>
#include <cstdint>
#include <vector>

#include "scene.h"

namespace ledd::viewer {

/// The structures of a scene's labels, by id; one is chosen. The first nine have a digit. What has gone from
/// the labels stays in the list until another case is shown, so that digits do not change hands.
class StructureList : public QListWidget {
  Q_OBJECT
 public:
  explicit StructureList(Scene& scene, QWidget* parent = nullptr);

  const std::vector<std::uint16_t>& ids() const noexcept { return ids_; }
  /// 0: none.
  std::uint16_t chosen() const;
  void choose(std::uint16_t id);
  void choose_row(int row);
  /// Lists a structure that is not drawn yet, and chooses it.
  void add(std::uint16_t id);

 signals:
  void chosen_changed();
  /// Other structures are listed now.
  void listed();

 private:
  void find();
  void follow(const label_editing::Change& change);
  void fill();

  Scene& scene_;
  std::vector<bool> listed_;
  std::vector<std::uint16_t> ids_;
};

}  // namespace ledd::viewer
