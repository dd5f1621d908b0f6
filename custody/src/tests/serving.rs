use weft_encoding::{CellCoord, MatrixCommitments, RowIndex, UnverifiedCell};
use weft_network::{Refusal, SampleReply};
use weft_test_chain::namespace;

use super::*;
use crate::withholding::WithheldCells;

fn coord(row: usize, column: ColumnIndex) -> CellCoord {
    CellCoord {
        row: RowIndex::new(row).unwrap(),
        column,
    }
}

async fn samples(member: &Member, height: u64, coords: Vec<CellCoord>) -> Vec<SampleReply> {
    let request = GetSamples {
        height: Height::new(height),
        coords,
    };
    member.custodian.samples(request).await.unwrap()
}

fn refusal(reply: &SampleReply) -> Option<Refusal> {
    match reply {
        SampleReply::Cell { .. } => None,
        SampleReply::Refused(refusal) => Some(refusal.clone()),
    }
}

/// A member that holds a block of three blobs: 2 + 1 + 3 rows.
async fn with_block(member: &Member, chain: &TestChain) -> (Vec<TestBlob>, Vec<CertifiedBlob>) {
    let blobs: Vec<TestBlob> = [(1, 2), (2, 1), (3, 3)]
        .map(|(seed, rows)| TestBlob::new(namespace("served"), seed, rows))
        .into();
    for blob in &blobs {
        member
            .custodian
            .disperse(member.dispersal(blob, 50))
            .await
            .unwrap();
    }
    let certified: Vec<_> = blobs
        .iter()
        .map(|blob| chain.certify(&blob.header, Height::new(50)))
        .collect();
    member.order(chain, &chain.start(), certified.clone());
    (blobs, certified)
}

#[tokio::test]
async fn every_cell_of_the_extended_matrix_verifies() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 3);
    let (blobs, certified) = with_block(&member, &chain).await;
    let held: Vec<ColumnIndex> = member.columns.iter().take(3).collect();
    let all = || {
        held.iter()
            .flat_map(|&c| (0..12).map(move |row| coord(row, c)))
            .collect()
    };

    // No proofs yet: nothing can be sampled.
    let replies = samples(&member, 1, all()).await;
    assert!(
        replies
            .iter()
            .all(|reply| refusal(reply) == Some(Refusal::NotYet))
    );

    // The proofs of two blobs: their own rows, but no parity row.
    for blob in &blobs[..2] {
        let request = member.proofs(blob, &blob.cell_proofs());
        member.custodian.push_proofs(request).await.unwrap();
    }
    for (row, reply) in (0..12).cycle().zip(samples(&member, 1, all()).await) {
        let expected = if row < 3 { None } else { Some(Refusal::NotYet) };
        assert_eq!(refusal(&reply), expected, "row {row}");
    }

    // With all proofs, every cell is served and verifies under the block's commitments.
    let request = member.proofs(&blobs[2], &blobs[2].cell_proofs());
    member.custodian.push_proofs(request).await.unwrap();
    let commitments: Vec<_> = certified
        .iter()
        .flat_map(|blob| blob.header.commitments.clone())
        .collect();
    let matrix = MatrixCommitments::new(&commitments).unwrap();
    // Twice: a parity cell is the same alone or extended, from the store or from memory.
    let mut before = None;
    for _ in 0..2 {
        let coords: Vec<CellCoord> = all();
        let replies = samples(&member, 1, coords.clone()).await;
        let cells: Vec<UnverifiedCell> = coords
            .into_iter()
            .zip(replies)
            .map(|(coord, reply)| match reply {
                SampleReply::Cell { cell, proof } => UnverifiedCell { coord, cell, proof },
                SampleReply::Refused(refusal) => panic!("{coord:?}: {refusal}"),
            })
            .collect();
        let bytes: Vec<_> = cells
            .iter()
            .map(|c| (c.coord, c.cell.clone(), c.proof))
            .collect();
        assert!(before.as_ref().is_none_or(|before| *before == bytes));
        before = Some(bytes);
        assert_eq!(matrix.verify_cells(cells).unwrap().len(), 36);
    }
    assert_eq!(member.metrics.column_cache_misses.get(), 3 + 3 * 2 * 6);
    assert_eq!(member.metrics.served_cells.get(), 9 + 2 * 36);
}

#[tokio::test]
async fn what_is_not_there_is_refused_by_its_reason() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 0);
    let (blobs, _) = with_block(&member, &chain).await;
    for blob in &blobs {
        let request = member.proofs(blob, &blob.cell_proofs());
        member.custodian.push_proofs(request).await.unwrap();
    }
    let held = member.columns.iter().next().unwrap();
    let foreign = ColumnIndex::all()
        .find(|column| !member.columns.contains(*column))
        .unwrap();

    let coords = vec![
        coord(0, held),
        coord(0, foreign),
        coord(6, foreign),
        coord(11, held),
        coord(12, held),
        coord(511, held),
    ];
    let replies: Vec<_> = samples(&member, 1, coords)
        .await
        .iter()
        .map(refusal)
        .collect();
    assert_eq!(
        replies[..4],
        [None, Some(Refusal::NotHeld), Some(Refusal::NotHeld), None]
    );
    for reply in &replies[4..] {
        assert!(matches!(reply, Some(Refusal::Invalid(_))), "{reply:?}");
    }
    let reply = &samples(&member, 2, vec![coord(0, held)]).await[0];
    assert_eq!(refusal(reply), Some(Refusal::NotYet));
    let reply = &samples(&member, 0, vec![coord(0, held)]).await[0];
    assert_eq!(refusal(reply), Some(Refusal::Unknown));

    // Columns: held, not held, and of an unknown blob.
    let id = blobs[0].header.id();
    let reply = member
        .custodian
        .columns(get_columns(id, [held, foreign]))
        .await
        .unwrap();
    assert_eq!(reply.columns, [blobs[0].coded.column(held)]);
    assert_eq!(reply.refused, [(foreign, Refusal::NotHeld)]);
    let unknown = BlobId::from_bytes([0; 32]);
    let reply = member
        .custodian
        .columns(get_columns(unknown, [held]))
        .await
        .unwrap();
    assert_eq!(reply.refused, [(held, Refusal::Unknown)]);
}

#[tokio::test]
async fn an_empty_block_has_no_cells() {
    let chain = TestChain::new(4);
    let member = Member::new(&chain, 0);
    member.order(&chain, &chain.start(), Vec::new());
    let reply = &samples(&member, 1, vec![coord(0, column(0))]).await[0];
    assert!(matches!(refusal(reply), Some(Refusal::Invalid(_))));
}

#[tokio::test]
async fn a_gateway_serves_what_its_store_has() {
    let chain = TestChain::new(4);
    let gateway = Member::with(&chain, 0, |options| options.key = None);
    let blob = TestBlob::new(namespace("gateway"), 1, 1);
    let verified = blob.verified(ColumnIndex::all());
    gateway
        .store
        .put_columns(&blob.header, Height::new(50), verified)
        .unwrap();
    let all = get_columns(blob.header.id(), ColumnIndex::all());
    let reply = gateway.custodian.columns(all).await.unwrap();
    assert_eq!((reply.columns.len(), reply.refused.len()), (128, 0));
}

#[tokio::test]
async fn withholding_refuses_its_cells_and_every_column_with_one() {
    const SEED: u64 = 11;
    let chain = TestChain::new(4);
    let withholding = Withholding {
        percent: 10.0,
        seed: SEED,
    };
    let member = Member::with(&chain, 1, |options| options.withholding = Some(withholding));
    let blob = TestBlob::new(namespace("withheld"), 1, 4);
    let id = blob.header.id();
    member
        .custodian
        .disperse(member.dispersal(&blob, 50))
        .await
        .unwrap();
    let request = member.proofs(&blob, &blob.cell_proofs());
    member.custodian.push_proofs(request).await.unwrap();
    let expected = WithheldCells::new(withholding);

    // An unordered blob counts as a block of its own; once ordered, this one is a block of its own.
    for ordered in [false, true] {
        if ordered {
            let certified = chain.certify(&blob.header, Height::new(50));
            member.order(&chain, &chain.start(), vec![certified]);
        }
        let reply = member
            .custodian
            .columns(get_columns(id, member.columns.iter()))
            .await
            .unwrap();
        assert!(
            !reply.refused.is_empty(),
            "the seed withholds none of its columns"
        );
        for column in member.columns.iter() {
            let given = reply
                .columns
                .iter()
                .any(|given| given.column.index == column);
            assert_eq!(given, !expected.withholds_column(4, 0..4, column));
        }
        assert!(
            reply
                .refused
                .iter()
                .all(|(_, refusal)| *refusal == Refusal::NotHeld)
        );
    }

    let coords: Vec<CellCoord> = member
        .columns
        .iter()
        .flat_map(|c| (0..8).map(move |row| coord(row, c)))
        .collect();
    let replies = samples(&member, 1, coords.clone()).await;
    let mut refused = 0;
    for (coord, reply) in coords.iter().zip(&replies) {
        let withheld = expected.withholds_cell(4, *coord);
        refused += usize::from(withheld);
        let reason = withheld.then_some(Refusal::NotHeld);
        assert_eq!(refusal(reply), reason, "{coord:?}");
    }
    assert!(refused > 0 && refused < coords.len());
}
