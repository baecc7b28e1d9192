"""What a caller can learn of an action beyond the state after it: which entry of which channel came, went, or was lost."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from groupy_check.groupy_model.node import Node


class ChannelListener:
    """Hears of every entry that joins or leaves a channel while actions are applied. This one ignores all of it.

    Entries are named by their place in the channel just before they leave it, or just after they join it, counted from 0.
    """

    def enqueued(self, source: Node, target: Node, place: int, entry: Hashable) -> None:
        """`entry`, a message or a notice, joins the channel from `source` to `target`."""

    def dropped(self, source: Node, target: Node, message: Hashable) -> None:
        """`message` is sent but does not join the channel: `target` is not up, or does not hear `source`."""

    def taken(self, source: Node, target: Node, place: int) -> None:
        """`target` receives the entry."""

    def lost(self, source: Node, target: Node, place: int) -> None:
        """The network loses the entry."""

    def cleared(self, source: Node, target: Node, places: Sequence[int]) -> None:
        """The entries vanish: `target` ends, withdraws its monitor, or is cut off."""

    def sorted(self, source: Node, target: Node, order: Sequence[int]) -> None:
        """The entries change places: the k-th one stood at `order[k]`.

        What is left of a bag is sorted when a notice is taken or withdrawn, and notices step before messages that are held.
        """


IGNORED = ChannelListener()
