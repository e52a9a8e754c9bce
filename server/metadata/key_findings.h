#ifndef CIMD_SERVER_METADATA_KEY_FINDINGS_H_
#define CIMD_SERVER_METADATA_KEY_FINDINGS_H_

#include <string>

#include "cimd/v1/metadata_document.pb.h"
#include "server/jose/jwk_set.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

// The keys that a tenant's profile admits.
jose::KeyProfile KeyProfileOf(v1::DocumentProfile profile);

// Adds what was found in a key set to the findings about its document; paths are into the key set. What makes the set
// unusable is a violation. A single key that is refused is a violation in STRICT; in STANDARD it is a warning, for the
// other keys do their work without it. What was skipped or assumed is a warning. Updates `validation.valid`.
void AddKeyFindings(const jose::JwkSet& set, v1::DocumentProfile profile, v1::Validation& validation);

// Adds that the key set could not be read, which STANDARD lets pass: without keys from before the client cannot
// authenticate until it can be.
void AddKeySetNotFetched(const v1::FetchFailure& failure, bool keys_in_force, v1::Validation& validation);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_KEY_FINDINGS_H_
