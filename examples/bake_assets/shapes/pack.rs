//! The file format of shapes, which `src/globe/shapes/file.rs` reads.
//!
//! `NGS1`, the number of codes and their letters, the number of levels. Each level: units per degree, the total numbers
//! of line points, corners and triangles, the number of chunks of lines, and for each the number of its lines. A line:
//! its kind, the numbers of the codes on its sides (from 1; 0 for none), the size of the piece that it surrounds, the
//! number of its points, and the points; the first and the last point belong to the adjacent lines, or repeat their
//! neighbour. Then the number of fills. A fill: the number of its code, the number of its cuttings, and for each the
//! number of corners, the corners, and the order in which they are clipped.
//!
//! Numbers are LEB128. Points are deltas of longitude and latitude in units; these and the deltas of the order are
//! zigzag-encoded. Everything is compressed as the rows of a grey PNG, which the program can decode.

use super::ears::Cutting;
use crate::topo::Point;

/// A line of a chunk.
pub struct Line {
    pub kind: Kind,
    /// Numbers of the codes on both sides.
    pub sides: [u8; 2],
    /// Size of the island, lake or land that it surrounds, degrees.
    pub size_deg: f64,
    pub points: Vec<Point>,
}

/// Kind of a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Border = 0,
    Coast = 1,
    Shore = 2,
}

/// The part of a country in a cell.
pub struct Fill {
    pub code: u8,
    pub cuttings: Vec<(Vec<Point>, Cutting)>,
}

pub struct Packer {
    bytes: Vec<u8>,
    at: [i64; 2],
    /// Units per degree.
    per_deg: i64,
}

impl Packer {
    pub fn new(codes: &[String], levels: usize) -> Self {
        let mut packer = Self { bytes: b"NGS1".to_vec(), at: [0, 0], per_deg: 1 };
        packer.number(codes.len());
        codes.iter().for_each(|code| packer.bytes.extend_from_slice(code.as_bytes()));
        packer.number(levels);
        packer
    }

    /// Adds a level, with its points in this number of units per degree.
    pub fn level(&mut self, per_deg: u16, chunks: &[Vec<Line>], fills: &[Fill]) {
        self.per_deg = per_deg.into();
        self.at = [0, 0];
        self.number(per_deg.into());
        let cuttings = || fills.iter().flat_map(|fill| &fill.cuttings).map(|(_, cutting)| cutting);
        self.number(chunks.iter().flatten().map(|line| line.points.len()).sum());
        self.number(cuttings().map(|cutting| cutting.corners.len()).sum());
        self.number(cuttings().map(|cutting| cutting.order.len()).sum());
        self.number(chunks.len());
        for lines in chunks {
            self.number(lines.len());
            for line in lines {
                let size = ((line.size_deg / 0.001).log2() * 13.0).round().clamp(0.0, 255.0) as u8;
                self.bytes.extend_from_slice(&[line.kind as u8, line.sides[0], line.sides[1], size]);
                self.number(line.points.len());
                line.points.iter().for_each(|point| self.point(*point));
            }
        }
        self.number(fills.len());
        for fill in fills {
            self.bytes.push(fill.code);
            self.number(fill.cuttings.len());
            for (points, cutting) in &fill.cuttings {
                self.number(cutting.corners.len());
                cutting.corners.iter().for_each(|corner| self.point(points[*corner]));
                let mut last = 0;
                for corner in &cutting.order {
                    self.step(*corner as i64 - last);
                    last = *corner as i64;
                }
            }
        }
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn point(&mut self, [lng_deg, lat_deg]: Point) {
        let turn = 360 * self.per_deg;
        let to = [lng_deg, lat_deg].map(|deg| (deg * self.per_deg as f64).round() as i64);
        let run = (to[0] - self.at[0] + turn / 2).rem_euclid(turn) - turn / 2;
        self.step(run);
        self.step(to[1] - self.at[1]);
        self.at = to;
    }

    fn number(&mut self, number: usize) {
        let mut rest = number as u64;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    fn step(&mut self, step: i64) {
        self.number(((step << 1) ^ (step >> 63)) as usize);
    }
}
