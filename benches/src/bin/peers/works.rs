//! What is measured, work by work, with the ratio that each is to reach.

use std::hint::black_box;

use rayon::ThreadPool;
use rayon::prelude::*;
use weft_benches::NAMESPACE;
use weft_encoding::{
    ColumnIndex, ColumnVerifier, MAX_BLOB_ROWS, MatrixCommitments, Row, blob_to_kzg_commitment,
    code_blob, compute_cells, compute_cells_and_kzg_proofs, parity_cell_proofs, recover_cells,
    recover_cells_and_kzg_proofs, verify_cell_kzg_proof_batch,
};

use crate::inputs::Inputs;
use crate::libraries::{CKzg, Claim, Library, RustEthKzg};
use crate::measure::{Effort, medians};
use crate::report::WorkReport;

type Contender<'a> = Box<dyn FnMut() + Send + 'a>;

/// A work by its name in the report, and the ratios that Weft is to reach.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    at_least: f64,
    aim: f64,
}

const fn work(name: &'static str, at_least: f64, aim: f64) -> Work {
    Work {
        name,
        at_least,
        aim,
    }
}

/// Works in which Weft's time is set against another.
pub(crate) const COMPARED: [Work; 8] = [
    work("commit_row", 1.8, 3.0),
    work("compute_cells", 1.3, 2.0),
    work("cells_and_proofs", 1.6, 2.5),
    work("code_blob_64", 7.0, 12.0),
    work("verify_column_64", 3.0, 6.0),
    work("parity_proofs_64", 8.0, 15.0),
    work("verify_samples_75", 1.0, 1.5),
    work("recover_cells", 1.0 / 3.0, 1.0 / 1.5),
];

/// Two threads against one, coding 64 rows.
pub(crate) const THREADS_2: Work = work("threads_2", 1.8, 1.95);

/// For the record, with nothing to reach.
pub(crate) const MORE: [Work; 4] = [
    work("verify_column_64_known_header", 0.0, 0.0),
    work("verify_row_128", 0.0, 0.0),
    work("verify_cell", 0.0, 0.0),
    work("recover_cells_and_proofs", 0.0, 0.0),
];

/// What a peer does, whatever Weft does instead.
enum PeerTask {
    Commit(Row),
    Cells(Row),
    Prove(Vec<Row>),
    CommitAndProve(Vec<Row>),
    Verify(Vec<Claim>),
    Recover(Vec<Claim>),
    /// No peer has it: Weft's `compute_cells` of the row instead.
    WeftCells(Row),
}

/// Everything that is measured.
pub(crate) struct Bench<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) c_kzg: &'a CKzg,
    pub(crate) rust_eth_kzg: &'a RustEthKzg,
    pub(crate) effort: Effort,
}

impl Bench<'_> {
    /// Has each peer make the threads that it keeps.
    pub(crate) fn warm_up(&self) {
        let row = &self.inputs.rows[0];
        black_box(self.c_kzg.commit(&self.c_kzg.row(row)));
        black_box(self.rust_eth_kzg.commit(&self.rust_eth_kzg.row(row)));
    }

    /// Measures one work on the current pool's threads.
    pub(crate) fn compare(&self, work: &Work) -> WorkReport {
        let (weft, task) = self.contest(work.name);
        let mut contenders = vec![weft];
        let names: &[&'static str] = if let PeerTask::WeftCells(row) = &task {
            let row = row.clone();
            contenders.push(Box::new(move || _ = black_box(compute_cells(&row))));
            &["weft_compute_cells"]
        } else {
            contenders.push(peer(self.c_kzg, &task));
            contenders.push(peer(self.rust_eth_kzg, &task));
            &[CKzg::NAME, RustEthKzg::NAME]
        };
        let scale = match task {
            PeerTask::CommitAndProve(rows) | PeerTask::Prove(rows) if rows.len() > 1 => {
                MAX_BLOB_ROWS as f64 / rows.len() as f64
            }
            _ => 1.0,
        };
        let medians = medians(self.effort.budget, &mut contenders);
        let against = names
            .iter()
            .copied()
            .zip(medians[1..].iter().map(|ms| ms * scale));
        WorkReport::new(work.name, medians[0], against, work.at_least, work.aim)
    }

    /// Coding 64 rows on one thread and on two.
    pub(crate) fn threads(&self, one: &ThreadPool, two: &ThreadPool) -> WorkReport {
        let code = || _ = black_box(code_blob(&NAMESPACE, self.inputs.rows.clone()));
        let mut contenders: [Contender; 2] = [
            Box::new(|| two.install(code)),
            Box::new(|| one.install(code)),
        ];
        // A few rounds even where each takes a second.
        let medians = medians(3 * self.effort.budget, &mut contenders);
        let against = [("weft_one_thread", medians[1])];
        WorkReport::new(
            THREADS_2.name,
            medians[0],
            against,
            THREADS_2.at_least,
            THREADS_2.aim,
        )
    }

    /// Weft's way, and what the peers do for it.
    fn contest(&self, name: &str) -> (Contender<'_>, PeerTask) {
        let inputs = self.inputs;
        let row = &inputs.rows[0];
        let peer_rows = |rows: &[Row]| rows[..self.effort.peer_rows].to_vec();
        match name {
            "commit_row" => (
                Box::new(|| _ = black_box(blob_to_kzg_commitment(row))),
                PeerTask::Commit(row.clone()),
            ),
            "compute_cells" => (
                Box::new(|| _ = black_box(compute_cells(row))),
                PeerTask::Cells(row.clone()),
            ),
            "cells_and_proofs" => (
                Box::new(|| _ = black_box(compute_cells_and_kzg_proofs(row))),
                PeerTask::Prove(vec![row.clone()]),
            ),
            "code_blob_64" => (
                Box::new(|| _ = black_box(code_blob(&NAMESPACE, inputs.rows.clone()))),
                PeerTask::CommitAndProve(peer_rows(&inputs.rows)),
            ),
            "verify_column_64" => (
                Box::new(|| _ = black_box(self.verifier().verify(self.column()))),
                PeerTask::Verify(inputs.column_claims(column_index())),
            ),
            "verify_column_64_known_header" => {
                let verifier = self.verifier();
                (
                    Box::new(move || _ = black_box(verifier.verify(self.column()))),
                    PeerTask::Verify(inputs.column_claims(column_index())),
                )
            }
            "parity_proofs_64" => {
                let columns = inputs.proofs_by_column();
                (
                    Box::new(move || {
                        let proofs = columns.par_iter().map(|column| parity_cell_proofs(column));
                        _ = black_box(proofs.collect::<Vec<_>>());
                    }),
                    PeerTask::Prove(peer_rows(&inputs.parity_rows())),
                )
            }
            "verify_samples_75" => {
                let samples = inputs.samples();
                let claims = inputs.sample_claims(&samples);
                (
                    Box::new(move || {
                        let matrix = MatrixCommitments::new(inputs.blob.commitments());
                        _ = black_box(matrix.map(|matrix| matrix.verify_cells(samples.clone())));
                    }),
                    PeerTask::Verify(claims),
                )
            }
            "recover_cells" => {
                let (columns, cells) = inputs.half_row();
                (
                    Box::new(move || _ = black_box(recover_cells(&columns, &cells))),
                    PeerTask::WeftCells(row.clone()),
                )
            }
            "recover_cells_and_proofs" => {
                let (columns, cells) = inputs.half_row();
                let mut claims = inputs.row_claims(0);
                claims.retain(|claim| columns.contains(&claim.1));
                (
                    Box::new(move || _ = black_box(recover_cells_and_kzg_proofs(&columns, &cells))),
                    PeerTask::Recover(claims),
                )
            }
            "verify_row_128" => verification(inputs.row_claims(0)),
            "verify_cell" => verification(inputs.row_claims(0).split_off(127)),
            _ => unreachable!("every work of the lists above is here"),
        }
    }

    fn verifier(&self) -> ColumnVerifier {
        let blob = &self.inputs.blob;
        ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root())
            .expect("own commitments")
    }

    fn column(&self) -> weft_encoding::UnverifiedColumn {
        self.inputs.blob.column(column_index())
    }
}

/// The same call as the peers': cells with their proofs.
fn verification(claims: Vec<Claim>) -> (Contender<'static>, PeerTask) {
    let commitments: Vec<_> = claims.iter().map(|claim| claim.0).collect();
    let columns: Vec<_> = claims.iter().map(|claim| claim.1).collect();
    let cells: Vec<_> = claims.iter().map(|claim| claim.2.clone()).collect();
    let proofs: Vec<_> = claims.iter().map(|claim| claim.3).collect();
    (
        Box::new(move || {
            _ = black_box(verify_cell_kzg_proof_batch(
                &commitments,
                &columns,
                &cells,
                &proofs,
            ));
        }),
        PeerTask::Verify(claims),
    )
}

/// A column of the horizontal extension.
fn column_index() -> ColumnIndex {
    ColumnIndex::new(77).expect("below 128")
}

fn peer<'a, L: Library>(library: &'a L, task: &PeerTask) -> Contender<'a> {
    let rows = |rows: &[Row]| rows.iter().map(|row| library.row(row)).collect::<Vec<_>>();
    match task {
        PeerTask::Commit(row) => {
            let row = library.row(row);
            Box::new(move || _ = black_box(library.commit(&row)))
        }
        PeerTask::Cells(row) => {
            let row = library.row(row);
            Box::new(move || _ = black_box(library.compute_cells(&row)))
        }
        PeerTask::Prove(list) => {
            let rows = rows(list);
            Box::new(move || {
                rows.par_iter()
                    .for_each(|row| _ = black_box(library.cells_and_proofs(row)));
            })
        }
        PeerTask::CommitAndProve(list) => {
            let rows = rows(list);
            Box::new(move || {
                rows.par_iter().for_each(|row| {
                    _ = black_box((library.commit(row), library.cells_and_proofs(row)));
                });
            })
        }
        PeerTask::Verify(claims) => {
            let batch = library.batch(claims);
            Box::new(move || assert!(library.verify(&batch), "honest cells verify"))
        }
        PeerTask::Recover(claims) => {
            let batch = library.batch(claims);
            Box::new(move || _ = black_box(library.recover(&batch)))
        }
        PeerTask::WeftCells(_) => Box::new(|| ()),
    }
}
