//! DECSET and DECRST: what happens when a private mode is set or reset, and the switch between the two screens.
//!
//! Part of `Terminal`; `modes` keeps which modes are set.

use super::modes::{self, Flag};
use super::screen::{Region, Screen};
use super::{Shown, Terminal};

impl Terminal {
    /// DECSET of one mode.
    pub(super) fn set_private(&mut self, mode: u16) {
        match mode {
            6 => {
                self.set_origin(true);
                self.go_home();
            }
            3 if self.modes.has(Flag::AllowColumns) => {
                self.modes.set(Flag::Columns132);
                self.change_columns_mode();
            }
            3 => {}
            // DECLRMM came with the VT400.
            69 if self.settings.level < 4 => {}
            47 | 1047 => self.enter_alternate(),
            1048 => self.save_cursor(),
            1049 => {
                if self.shown == Shown::Main {
                    self.save_cursor();
                    self.drop_alternate();
                    self.enter_alternate();
                    if self.has_fill() {
                        self.send_fill();
                        self.screen_mut().send(b"\x1b[2J");
                    }
                }
            }
            _ => {
                let wrapped_before = self.modes.has(Flag::Autowrap);
                if let Some(flag) = modes::private_flag(mode) {
                    self.modes.set(flag);
                } else {
                    self.modes.set_mouse(mode);
                }
                match mode {
                    5 => self.damage.all(),
                    // Off, the cursor could wait behind the last column without a wrap to come.
                    7 if !wrapped_before => {
                        self.screen_mut().settle_inside();
                    }
                    _ => {}
                }
                if mode == 2048 {
                    self.report_size();
                }
            }
        }
    }

    /// DECRST of one mode.
    pub(super) fn reset_private(&mut self, mode: u16) {
        match mode {
            6 => {
                self.set_origin(false);
                self.go_home();
            }
            3 if self.modes.has(Flag::AllowColumns) => {
                self.modes.reset(Flag::Columns132);
                self.change_columns_mode();
            }
            3 => {}
            69 => {
                self.modes.reset(Flag::SideMargins);
                self.reset_sides();
            }
            47 => self.leave_alternate(),
            1047 => {
                self.leave_alternate();
                self.drop_alternate();
            }
            1048 => self.restore_cursor(),
            1049 => {
                let was = self.shown;
                self.leave_alternate();
                self.drop_alternate();
                if was == Shown::Alternate {
                    self.restore_cursor();
                }
            }
            _ => {
                if mode == 5 {
                    self.damage.all();
                }
                if let Some(flag) = modes::private_flag(mode) {
                    self.modes.reset(flag);
                } else {
                    self.modes.reset_mouse(mode);
                }
            }
        }
    }

    /// Shows the alternate screen; the cursor keeps its place, as in xterm.
    fn enter_alternate(&mut self) {
        if self.shown == Shown::Alternate {
            return;
        }
        let at = self.main.settle();
        let size = self.size;
        let (region, origin) = (self.main.region, self.main.origin);
        self.alternate.get_or_insert_with(|| Screen::new(size, None));
        self.shown = Shown::Alternate;
        self.carry_margins(region, origin);
        self.place(at);
        self.damage.all();
    }

    /// Margins and origin mode are the terminal's, not a screen's: the screen shown now takes over those of the other.
    fn carry_margins(&mut self, region: Region, origin: bool) {
        if self.screen().region != region {
            self.set_region(region.top, region.bottom);
            self.screen_mut().region = region;
        }
        self.set_origin(origin);
    }

    /// Forgets what is on the alternate screen, while it is not shown.
    pub(super) fn drop_alternate(&mut self) {
        if let Some(mut screen) = self.alternate.take() {
            screen.flush();
            let (n_scrolled, n_bells) = (screen.sink().n_scrolled, screen.sink().n_bells);
            self.main.count(n_scrolled, n_bells, screen.n_panics());
        }
    }

    /// Shows the main screen; the cursor keeps its place.
    pub(super) fn leave_alternate(&mut self) {
        if self.shown == Shown::Main {
            return;
        }
        let at = self.screen_mut().settle();
        let (region, origin) = (self.screen().region, self.screen().origin);
        self.shown = Shown::Main;
        self.carry_margins(region, origin);
        self.place(at);
        self.damage.all();
    }

    /// DECCOLM where mode 40 allows it. A pane keeps its width, but what comes with a change of it happens.
    fn change_columns_mode(&mut self) {
        if self.modes.has(Flag::AllowColumns) {
            self.reset_sides();
            self.modes.reset(Flag::SideMargins);
            self.set_region(0, self.screen().rows() - 1);
            self.erase_display(2);
            self.go_home();
        }
    }
}
