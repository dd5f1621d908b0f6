//! Assigns the columns to ten validators by stake, and prints what samples of a block are worth.
//!
//! ```text
//! cargo run --release -p weft-sampling --example custody_and_confidence
//! ```

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use weft_chain::{SecretKey, Validator, ValidatorSet};
use weft_sampling::{
    CustodyAssignment, choose_samples, clients_needed, confidence, matrix_cells, samples_for,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let validators = (1u8..=10)
        .map(|seed| {
            let key = SecretKey::generate(&[seed; 32]);
            Validator {
                public_key: key.public_key(),
                stake: 10 * u64::from(seed),
                proof_of_possession: key.prove_possession(),
            }
        })
        .collect();
    let validators = ValidatorSet::new(validators)?;

    let custody = CustodyAssignment::new(&validators)?;
    println!(
        "{} custodians a column, {:?}",
        custody.replication(),
        custody.coverage()
    );
    for (index, validator) in validators.iter() {
        let columns = custody.columns_of(index).len();
        println!(
            "validator {index}: stake {}, {columns} columns",
            validator.stake
        );
    }

    println!("\nrows   cells  samples for a miss below 2^-30   clients needed");
    for rows in [1, 16, 64, 256] {
        let samples = samples_for(rows, f64::powi(2.0, -30));
        println!(
            "{rows:4} {:7} {samples:8} {:32}",
            matrix_cells(rows),
            clients_needed(rows, samples)
        );
    }

    // A light client seeds the choice from the operating system, anew for each block.
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let samples = choose_samples(64, 20, &mut rng);
    println!(
        "\n20 samples of 64 rows: confidence {:.6}",
        confidence(64, 20)
    );
    for coord in samples.iter().take(3) {
        let custodians = custody.custodians_of(coord.column);
        println!("{coord}: ask validators {custodians:?}");
    }
    Ok(())
}
