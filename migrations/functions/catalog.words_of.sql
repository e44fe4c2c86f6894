-- The words of a title that a misspelt query may be corrected to: 3 to 40 characters, no digits, without accents.
CREATE OR REPLACE FUNCTION catalog.words_of(title text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
  SELECT word FROM regexp_split_to_table(lower(public.unaccent(title)), '[^[:alnum:]]+') AS word
   WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'
$$;
