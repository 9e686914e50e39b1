"""Lives of composers, for sources that name only the composer."""

__all__ = ["COMPOSERS"]

_TABLE = """
Andrée, Elfrida 1841-1929
Arne, Thomas 1710-1778
Arriaga, Juan 1806-1826
Abrams, Harriett 1758-1821
Abbott, Jane Bingham 1851-1934
Bach, Johann Sebastian 1685-1750
Bach, Carl Philipp 1714-1788
Bach, Johann Christian 1735-1782
Bantock, Granville 1868-1946
Barnard, Charlotte 1830-1869
Barnby, Joseph 1838-1896
Barns, Ethel 1873-1948
Bartók, Béla 1881-1945
Beach, Amy 1867-1944
Beethoven, Ludwig 1770-1827
Berg, Alban 1885-1935
Berlioz, Hector 1803-1869
Bianchi Lacy, Jane 1776-1858
Bishop, Henry 1787-1855
Bizet, Georges 1838-1875
Boccherini, Luigi 1743-1805
Bonis, Mel 1858-1937
Borodin, Alexander 1833-1887
Boulanger, Lili 1893-1918
Boulton, Harold 1859-1935
Brahms, Johannes 1833-1897
Bridge, Frank 1879-1941
Browne, Augusta 1820-1882
Burleigh, Harry 1866-1949
Busoni, Ferruccio 1866-1924
Butterworth, George 1885-1916
Carreño, Teresa 1853-1917
Cellier, Alfred 1844-1891
Chabrier, Emmanuel 1841-1894
Chaminade, Cécile 1857-1944
Chausson, Ernest 1855-1899
Cherubini, Luigi 1760-1842
Chopin, Fryderyk 1810-1849
Chopin, Frédéric 1810-1849
Coleridge-Taylor, Samuel 1875-1912
Corder, Frederick 1852-1932
Cornelius, Peter 1824-1874
Cowen, Frederic 1852-1935
Davies, Walford 1869-1941
Debussy, Claude 1862-1918
Delius, Frederick 1862-1934
Dickson, Ellen 1819-1878
Duchambge, Pauline 1778-1858
Dvořák, Antonín 1841-1904
Elgar, Edward 1857-1934
Faisst, Clara 1872-1948
Faltis, Evelyn 1887-1937
Farrenc, Louise 1804-1875
Fauré, Gabriel 1845-1924
Ferrari, Gabrielle 1851-1921
Flégier, Ange 1846-1927
Franz, Robert 1815-1892
Freer, Eleanor 1864-1942
Gabriel, Virginia 1825-1877
Gail, Sophie 1775-1819
Gambarini, Elisabetta 1730-1765
German, Edward 1862-1936
Glazunov, Alexander 1865-1936
Glinka, Mikhail 1804-1857
Gonzaga, Chiquinha 1847-1935
Gounod, Charles 1818-1893
Gouvy, Théodore 1819-1898
Grandval, Clémence 1828-1907
Greger, Luise 1862-1944
Grieg, Edvard 1843-1907
Guest, Jane Mary 1762-1846
Gurney, Ivor 1890-1937
Hardelot, Guy 1858-1936
Haydn, Joseph 1732-1809
Hensel, Fanny 1805-1847
Hodges, Faustina 1822-1895
Hoffmeister, Franz 1754-1812
Holmès, Augusta 1847-1903
Hopekirk, Helen 1856-1945
Horrocks, Amy 1867-1919
Ives, Charles 1874-1954
Jacobs-Bond, Carrie 1862-1946
Jaëll, Marie 1846-1925
Janáček, Leoš 1854-1928
Joplin, Scott 1868-1917
Kalliwoda, Johann 1801-1866
Kinkel, Johanna 1810-1858
Kralik, Mathilde 1857-1944
Krzyżanowska, Halina 1867-1937
Lang, Josephine 1815-1880
Le Beau, Luise 1850-1927
Lehmann, Amelia 1838-1903
Lehmann, Liza 1862-1918
Leoncavallo, Ruggero 1857-1919
Liliuokalani 1838-1917
Liszt, Franz 1811-1886
Mackenzie, Alexander 1847-1935
Mahler, Gustav 1860-1911
Maier, Amanda 1853-1894
Marshall, Florence 1843-1922
Massenet, Jules 1842-1912
Mayer, Emilie 1812-1883
Mendelssohn, Felix 1809-1847
Mounsey Bartholomew, Ann 1811-1891
Mozart, Wolfgang 1756-1791
Munktell, Helena 1852-1919
Müller-Hermann, Johanna 1868-1941
Netzel, Laura 1839-1927
Nielsen, Carl 1865-1931
Obradors, Fernando 1897-1945
Paladilhe, Émile 1844-1926
Paradis, Maria Theresia 1759-1824
Parratt, Walter 1841-1924
Parry, Hubert 1848-1918
Poldowski 1879-1932
Puget, Loïsa 1810-1889
Quilter, Roger 1877-1953
Ravel, Maurice 1875-1937
Reger, Max 1873-1916
Reichardt, Louise 1779-1826
Rootham, Cyril 1875-1938
Rossini, Gioachino 1792-1868
Saint-Georges, Joseph 1745-1799
Satie, Erik 1866-1925
Schoenberg, Arnold 1874-1951
Schröter, Corona 1751-1802
Schubert, Franz 1797-1828
Schulhoff, Erwin 1894-1942
Schumann, Clara 1819-1896
Schumann, Robert 1810-1856
Shield, William 1748-1829
Smetana, Bedřich 1824-1884
Smyth, Ethel 1858-1944
Somervell, Arthur 1863-1937
Stanford, Charles 1852-1924
Strauss, Richard 1864-1949
Sullivan, Arthur 1842-1900
Tegnér, Alice 1864-1943
Tosti, Francesco 1846-1916
Verdi, Giuseppe 1813-1901
Viardot, Pauline 1821-1910
Wagner, Richard 1813-1883
Warlock, Peter 1894-1930
Webern, Anton 1883-1945
White, Maude 1855-1937
Wolf, Hugo 1860-1903
Wood, Charles 1866-1926
Zemlinsky, Alexander 1871-1942
Zumsteeg, Emilie 1796-1857
"""
COMPOSERS: dict[str, str] = dict(row.rsplit(" ", 1) for row in _TABLE.strip().splitlines())
"""Years of birth and death by name, as encyclopedias give them."""
