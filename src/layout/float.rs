//! Where a pane lies that floats over a tab: in its middle, with a box around it.

use crate::geometry::Rect;
use crate::id::PaneId;
use crate::layout::solve::PlacedPane;

/// Its share of the tab's columns and rows, in percent. Chosen: large enough to work in, small enough to see what it lies on.
const SHARE: (u16, u16) = (80, 75);

/// The least that it is content with, box included, as long as the tab has so much. Chosen: a shell's line and a few answers.
const LEAST: (u16, u16) = (60, 14);

/// Places the pane over the area; `None` where there is no room for a cell and its box.
pub fn floating(pane: PaneId, main: Rect) -> Option<PlacedPane> {
    let share = |cells: u16, percent: u16, least: u16| {
        let part = u32::from(cells) * u32::from(percent) / 100;
        u16::try_from(part).unwrap_or(cells).max(least).min(cells)
    };
    let (width, height) = (share(main.width, SHARE.0, LEAST.0), share(main.height, SHARE.1, LEAST.1));
    let frame = Rect::new(main.x + (main.width - width) / 2, main.y + (main.height - height) / 2, width, height);
    let (inner_width, inner_height) = (width.checked_sub(2)?, height.checked_sub(2)?);
    let inner = Rect::new(frame.x + 1, frame.y + 1, inner_width, inner_height);
    (!inner.is_empty()).then_some(PlacedPane { pane, frame, inner })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_in_the_middle_and_takes_a_small_tab_whole() {
        let pane = PaneId::new(1).expect("not zero");
        let frame = |main| floating(pane, main).map(|placed| placed.frame);
        assert_eq!(frame(Rect::new(26, 1, 100, 40)), Some(Rect::new(36, 6, 80, 30)));
        assert_eq!(frame(Rect::new(3, 1, 77, 22)), Some(Rect::new(11, 4, 61, 16)));
        assert_eq!(frame(Rect::new(0, 1, 40, 10)), Some(Rect::new(0, 1, 40, 10)));
        assert_eq!(frame(Rect::new(0, 1, 2, 10)), None);
    }
}
