import { Entity, Index, PrimaryColumn } from 'typeorm';

/** Kept by trigger: every word of a title or a brand, against which misspelt queries are corrected. */
@Entity({ schema: 'catalog', name: 'title_words' })
@Index('title_words_similar', { synchronize: false })
export class TitleWordEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'title_words_pkey' })
  word: string;
}
