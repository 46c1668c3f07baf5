//! xterm's 256 colours, for programs that ask (the drawer leaves indexed colours to the outer terminal).
//!
//! Pure.

/// The first sixteen, as in xterm's defaults.
const BASE: [(u8, u8, u8); 16] = [
    (0x00, 0x00, 0x00),
    (0xcd, 0x00, 0x00),
    (0x00, 0xcd, 0x00),
    (0xcd, 0xcd, 0x00),
    (0x00, 0x00, 0xee),
    (0xcd, 0x00, 0xcd),
    (0x00, 0xcd, 0xcd),
    (0xe5, 0xe5, 0xe5),
    (0x7f, 0x7f, 0x7f),
    (0xff, 0x00, 0x00),
    (0x00, 0xff, 0x00),
    (0xff, 0xff, 0x00),
    (0x5c, 0x5c, 0xff),
    (0xff, 0x00, 0xff),
    (0x00, 0xff, 0xff),
    (0xff, 0xff, 0xff),
];

/// One of the 256.
pub fn color(index: u8) -> (u8, u8, u8) {
    let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
    match index {
        0..16 => BASE[usize::from(index)],
        16..232 => {
            let n = index - 16;
            (level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        _ => {
            let gray = 8 + (index - 232) * 10;
            (gray, gray, gray)
        }
    }
}

/// As X11 writes it: `rgb:RRRR/GGGG/BBBB`.
pub fn spec((r, g, b): (u8, u8, u8)) -> String {
    format!("rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}")
}

/// Whether a background is light (by relative luminance).
pub fn is_light((r, g, b): (u8, u8, u8)) -> bool {
    299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) > 127_500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cube_and_the_ramp_are_xterms() {
        assert_eq!((color(16), color(231), color(196)), ((0, 0, 0), (255, 255, 255), (255, 0, 0)));
        assert_eq!((color(232), color(255)), ((8, 8, 8), (238, 238, 238)));
        assert_eq!(spec((1, 2, 255)), "rgb:0101/0202/ffff");
    }
}
