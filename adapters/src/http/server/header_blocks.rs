//! Parses HTTP/2 frames far enough to see whether a header block is arriving: it may span several frames, and no other
//! frame may come between them.

/// The length of the client's preface, `PRI * HTTP/2.0` and so on.
const PREFACE: usize = 24;
const FRAME_HEADER: usize = 9;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;
const END_HEADERS: u8 = 0x4;

/// What the bytes did to the current header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// No header block began or ended.
    None,
    /// A header block has begun and is not complete.
    Begun,
    /// A header block is complete, and none has begun since.
    Ended,
}

/// The position in the frames of a connection.
#[derive(Debug)]
pub(super) struct HeaderBlocks {
    /// Bytes until the next frame's header.
    skip: usize,
    frame_header: [u8; FRAME_HEADER],
    filled: usize,
    /// Whether a header block, or the preface, ends with the frame that is skipped.
    ends: bool,
}

impl Default for HeaderBlocks {
    fn default() -> Self {
        Self { skip: PREFACE, frame_header: [0; FRAME_HEADER], filled: 0, ends: true }
    }
}

impl HeaderBlocks {
    /// Parses the next bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Progress {
        let mut progress = Progress::None;
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                bytes = bytes.get(skipped..).unwrap_or_default();
                self.skip -= skipped;
                if self.skip == 0 {
                    self.frame_ends(&mut progress);
                }
            } else if let Some((first, rest)) = bytes.split_first() {
                bytes = rest;
                if let Some(byte) = self.frame_header.get_mut(self.filled) {
                    *byte = *first;
                }
                self.filled += 1;
                if self.filled == FRAME_HEADER {
                    self.frame_begins(&mut progress);
                }
            }
        }
        progress
    }

    fn frame_begins(&mut self, progress: &mut Progress) {
        let [a, b, c, kind, flags, ..] = self.frame_header;
        self.filled = 0;
        self.skip = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
        self.ends = false;
        if matches!(kind, HEADERS | CONTINUATION) {
            *progress = Progress::Begun;
            self.ends = flags & END_HEADERS != 0;
        }
        if self.skip == 0 {
            self.frame_ends(progress);
        }
    }

    fn frame_ends(&mut self, progress: &mut Progress) {
        if self.ends {
            *progress = Progress::Ended;
        }
        self.ends = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTINUATION, END_HEADERS, HEADERS, HeaderBlocks, PREFACE, Progress};

    const DATA: u8 = 0x0;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.extend(vec![7; length.into()]);
        frame
    }

    fn started() -> HeaderBlocks {
        let mut blocks = HeaderBlocks::default();
        assert_eq!(blocks.read(&[b'x'; PREFACE]), Progress::Ended, "the preface is complete");
        blocks
    }

    #[test]
    fn a_header_block_lasts_until_its_last_frame_is_complete() {
        let mut blocks = started();
        assert_eq!(blocks.read(&frame(DATA, END_HEADERS, 200)), Progress::None);
        assert_eq!(blocks.read(&frame(HEADERS, END_HEADERS, 20)), Progress::Ended);
        assert_eq!(blocks.read(&frame(HEADERS, 0, 20)), Progress::Begun);
        assert_eq!(blocks.read(&frame(CONTINUATION, 0, 0)), Progress::Begun);
        assert_eq!(blocks.read(&frame(CONTINUATION, END_HEADERS, 0)), Progress::Ended);
    }

    #[test]
    fn frames_may_be_split_and_combined() {
        let mut blocks = started();
        let bytes = [frame(HEADERS, END_HEADERS, 3), frame(DATA, 0, 5), frame(HEADERS, 0, 4)].concat();
        let (all_but_last, last) = bytes.split_at(bytes.len() - 1);
        let pieces: Vec<_> =
            all_but_last.iter().map(|byte| blocks.read(&[*byte])).filter(|p| *p != Progress::None).collect();
        assert_eq!(pieces, [Progress::Begun, Progress::Ended, Progress::Begun]);
        assert_eq!(blocks.read(last), Progress::None, "this frame is complete, its header block is not");
        assert_eq!(started().read(&bytes), Progress::Begun);
    }
}
