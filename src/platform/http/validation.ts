import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { HttpProblems, type FieldError } from '../problems/index.js';

const ERRORS_SHOWN_MAX = 20;

/** Refuses unknown fields and wrong values with 400 `validation_failed`, one pointer for each field. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      HttpProblems.validation_failed('The request is not valid; `errors` names the fields.', {
        errors: flatten(errors, '').slice(0, ERRORS_SHOWN_MAX),
      }),
  });
}

function flatten(errors: readonly ValidationError[], parent: string): FieldError[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${String(error.property).slice(0, 100)}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ pointer, message: message.slice(0, 300) }));
    return [...own, ...flatten(error.children ?? [], pointer)];
  });
}
