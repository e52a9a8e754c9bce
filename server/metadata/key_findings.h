#ifndef CIMD_SERVER_METADATA_KEY_FINDINGS_H_
#define CIMD_SERVER_METADATA_KEY_FINDINGS_H_

#include <string>

#include "cimd/v1/metadata_document.pb.h"
#include "server/jose/jwk_set.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

// The key rules of a tenant's profile.
jose::KeyProfile KeyProfileOf(v1::DocumentProfile profile);

// Adds the findings of a key set to those of its document; their paths are into the key set. A finding that refuses the
// set is a violation. A refused key is a violation in STRICT and a warning in STANDARD, where the other keys are used.
// Skipped keys and assumptions are warnings. Updates `validation.valid`.
void AddKeyFindings(const jose::JwkSet& set, v1::DocumentProfile profile, v1::Validation& validation);

// Adds the warning that the key set could not be read. `keys_in_force`: whether the client has keys from earlier reads.
void AddKeySetNotFetched(const v1::FetchFailure& failure, bool keys_in_force, v1::Validation& validation);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_KEY_FINDINGS_H_
