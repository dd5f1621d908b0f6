//! Four validators certify a blob and finalise the block that orders it. A light client then verifies
//! the header and the list of a namespace's blobs, knowing nothing but the genesis.
//!
//! ```text
//! cargo run --release -p weft-chain --example verify_block
//! ```

use weft_chain::{
    BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, Canonical, CertificateBuilder,
    CertifiedBlob, Genesis, Height, Layout, Namespace, NamespaceProof, SecretKey, SignedHeader,
    Statement, ValidatorEntry, ValidatorIndex, namespace_proof,
};
use weft_encoding::code_blob;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let keys: Vec<SecretKey> = (1..=4)
        .map(|seed| SecretKey::generate(&[seed; 32]))
        .collect();
    let genesis = Genesis {
        chain_id: "weft-example".parse()?,
        time_ms: 1_700_000_000_000,
        retention_blocks: 1000,
        max_block_rows: 256,
        validators: keys.iter().map(entry).collect(),
    };
    let namespace: Namespace = "0a11ce".parse()?;

    let (header, proof) = produce(&genesis, &keys, namespace)?;
    println!("header {} bytes, proof {} bytes", header.len(), proof.len());
    verify(&genesis, &namespace, &header, &proof)
}

fn entry(key: &SecretKey) -> ValidatorEntry {
    ValidatorEntry {
        name: "example".into(),
        public_key: key.public_key(),
        proof_of_possession: key.prove_possession(),
        stake: 1,
        peer_id: String::new(),
        addresses: Vec::new(),
        consensus_addresses: Vec::new(),
    }
}

/// The signed header of block 1 and a namespace proof from it, as they travel.
fn produce(
    genesis: &Genesis,
    keys: &[SecretKey],
    namespace: Namespace,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let validators = genesis.validator_set()?;
    let batch = b"a batch of a rollup's transactions";
    let blob = code_blob(namespace.as_bytes(), Layout::Packed.rows_from_batch(batch)?)?;
    let header = BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace,
        layout: Layout::Packed,
        byte_len: batch.len() as u64,
        commitments: blob.commitments().to_vec(),
        columns_root: blob.columns_root(),
    };

    // Custodians sign that they hold the blob's columns, until the retention is over.
    let expiry = genesis.retention().expiry(Height::FIRST);
    let builder =
        CertificateBuilder::availability(&genesis.chain_id, header.id(), &validators, expiry);
    let certificate = certify(builder, keys)?;
    let body = BlockBody {
        blobs: vec![CertifiedBlob {
            header,
            certificate,
        }],
        update: None,
    };
    body.verify_certificates(&genesis.chain_id, |root| {
        (*root == validators.root()).then_some(&validators)
    })?;

    // A proposer builds the block, and the validators sign its header in round 0.
    let parent = genesis.as_parent(&validators);
    let proposer = ValidatorIndex::new(0)?;
    let time = genesis.time_ms + 1000;
    let block = Block::build(&parent, time, proposer, validators.root(), body)?;
    let hash = block.header.hash();
    let builder = CertificateBuilder::finality(&genesis.chain_id, hash, 0, &validators);
    let signed = SignedHeader {
        header: block.header,
        finality: certify(builder, keys)?,
    };
    let proof = namespace_proof(&block.body, &namespace)?;
    Ok((signed.encode(), proof.encode()))
}

/// The certificate that three of four validators suffice for.
fn certify<S: Statement>(
    mut builder: CertificateBuilder<S>,
    keys: &[SecretKey],
) -> Result<S::Certificate, Error> {
    for (index, key) in keys.iter().enumerate().take(3) {
        let signature = key.sign(builder.message());
        builder.add(ValidatorIndex::new(index)?, signature)?;
    }
    Ok(builder.build()?)
}

/// What a light client does with bytes from a peer that it does not trust.
fn verify(
    genesis: &Genesis,
    namespace: &Namespace,
    header: &[u8],
    proof: &[u8],
) -> Result<(), Error> {
    let validators = genesis.validator_set()?;
    let signed = SignedHeader::decode(header)?;
    let header = signed.verify(&genesis.chain_id, &validators)?;
    header.verify_follows(&genesis.as_parent(&validators))?;
    println!("block {} is final: {}", header.height, header.hash());

    let proof = NamespaceProof::decode(proof)?;
    for blob in proof.verify(header.namespaces_root, namespace)? {
        println!("blob {} at row {}", blob.blob_id, blob.first_row);
    }

    // The proof holds for no other list: the same nodes do not show that another namespace is absent.
    match proof.verify(header.namespaces_root, &"0b0b".parse()?) {
        Ok(_) => return Err("the proof passed for another namespace".into()),
        Err(error) => println!("refused, fault {}: {error}", error.fault()),
    }
    // A changed header is not the one that the certificate names.
    let mut forged = signed;
    forged.header.time += 1;
    match forged.verify(&genesis.chain_id, &validators) {
        Ok(_) => Err("a forged header passed".into()),
        Err(error) => {
            println!("refused, fault {}: {error}", error.fault());
            Ok(())
        }
    }
}
