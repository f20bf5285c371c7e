/* provider.h - ONNX Runtime's execution providers: which hardware or library computes the reference's answers. */
#ifndef PP_ORACLE_PROVIDER_H
#define PP_ORACLE_PROVIDER_H

#include "pinprick/pinprick.h"

#include <onnxruntime_c_api.h>

/* Adds the provider said by text, "NAME[:KEY=VALUE,...]", to a session to be; "cpu" or "" adds none: ONNX Runtime has it anyway, and gives it
 * whatever the provider does not do. version: of the library, for messages.
 * @return PP_OK; PP_ARG: the library has no such provider, or text is not of this form; PP_MODEL: it cannot be used here; PP_MEMORY */
pp_code pp_provider_append(const OrtApi *api, OrtSessionOptions *session_options, const char *text, const char *version, pp_error *err);

#endif
